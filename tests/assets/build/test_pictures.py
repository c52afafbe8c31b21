"""Pictures inside a build: what lies on disk, what the manifest says, what a second run does."""

from __future__ import annotations

import base64
import io
import json
import shutil
from pathlib import Path

from PIL import Image

from assetbuild.assets.manifest import dump_manifest, parse_manifest
from assetbuild.digests import sha256_hex
from assetbuild.jobs.explain import explain_output
from assetbuild.paths import LogicalPath
from assetbuild.reporting import TextReporter
from assetbuild.serve.assets import Assets
from tests.support.builds import ENV, build, failing, options_for, output_of, told
from tests.support.pictures import draw, save
from tests.support.tree import read_tree

CONFIG = """
[[image]]
glob = "img/**"
formats = ["avif", "webp"]
widths = [40, 80]
"""
PHOTO = save(draw(160, 100, mode="RGB"), "JPEG", quality=95)
DRAWING = save(draw(64, 64), "PNG", compress_level=1)
FILES: dict[str, str | bytes] = {
    "assetbuild.toml": CONFIG,
    "assets/img/hero.jpg": PHOTO,
    "assets/logo.png": DRAWING,
    "assets/app.css": 'a { background: image-set("img/hero.webp" 1x, "img/hero.jpg" 2x) }',
}


def test_siblings_are_outputs_that_stylesheets_and_templates_name(tmp_path: Path) -> None:
    result = build(tmp_path / "app", FILES)
    assert result.diagnostics == ()
    entries = result.manifest.entries
    hero = entries[LogicalPath("img/hero.jpg")]
    assert hero.picture is not None
    assert (hero.picture.width, hero.picture.height) == (160, 100)
    assert hero.picture.siblings
    for one in hero.picture.siblings:
        data = output_of(result, one.logical)
        with Image.open(io.BytesIO(data)) as image:
            assert image.width == one.width
        assert sha256_hex(data) == entries[one.logical].sha256
    css = entries[LogicalPath("app.css")]
    assert {"img/hero.jpg", "img/hero.webp"} <= set(css.references)
    logo = output_of(result, "logo.png")
    assert len(logo) < len(DRAWING)
    # the manifest says the same when it is read again
    data = dump_manifest(result.manifest)
    assert dump_manifest(parse_manifest(data, file="manifest.json")) == data

    tag = Assets(tmp_path / "app").picture("img/hero.jpg", sizes="50vw", alt="Hi")
    assert tag.startswith('<picture><source type="image/')
    assert 'width="160" height="100" alt="Hi"></picture>' in tag
    assert 'sizes="50vw"' in tag
    assert f"/assets/{hero.hashed} 160w" in tag
    for one in hero.picture.siblings:
        assert f"/assets/{entries[one.logical].hashed} {one.width}w" in tag


def test_picture_without_siblings_is_an_img_with_its_size(tmp_path: Path) -> None:
    build(tmp_path / "app", FILES)
    assets = Assets(tmp_path / "app")
    url = assets.url("logo.png")
    assert assets.picture("logo.png") == f'<img src="{url}" width="64" height="64" alt="">'
    assert assets.srcset("logo.png") == url
    assert assets.srcset("logo.png", type="image/avif") == ""
    assert assets.srcset("img/hero.jpg").endswith("160w")


def test_second_build_makes_no_picture_and_gives_the_same_bytes(tmp_path: Path) -> None:
    first = build(tmp_path / "app", FILES)
    before = read_tree(first.output)
    again = build(tmp_path / "app", is_forced=True)
    assert (again.stats.compiled, again.stats.cached) == (0, 3)  # the CSS is kept too
    assert read_tree(again.output) == before
    # another machine: nothing is remembered, all is made anew
    other = build(tmp_path / "other", FILES, uses_cache=False)
    assert read_tree(other.output) == before


def test_bytes_that_the_cache_lost_are_made_again(tmp_path: Path) -> None:
    project = tmp_path / "app"
    first = build(project, FILES)
    before = read_tree(first.output)
    shutil.rmtree(first.output)
    shutil.rmtree(options_for(project).cache_dir / "v1/blobs")  # type: ignore[operator]
    assert read_tree(build(project, is_forced=True).output) == before


def test_changed_picture_takes_its_siblings_along(tmp_path: Path) -> None:
    project = tmp_path / "app"
    first = build(project, FILES)
    second = build(project, {"assets/img/hero.jpg": save(draw(90, 60, seed=3, mode="RGB"), "JPEG")})
    hero = LogicalPath("img/hero.jpg")
    old, new = first.manifest.entries[hero].picture, second.manifest.entries[hero].picture
    assert old is not None and old.siblings
    assert new is not None and new.width == 90
    left = {one.logical for one in new.siblings}
    for one in old.siblings:
        before, now = (built.manifest.entries.get(one.logical) for built in (first, second))
        assert before is not None
        assert now != before and (now is not None) == (one.logical in left)
    found = explain_output(
        project,
        "img/hero.jpg",
        env={**ENV, "ASSETBUILD_CACHE_DIR": str(tmp_path / "c")},
        reporter=TextReporter(io.StringIO(), env={}),
    )
    assert "assets/img/hero.jpg" in found.inputs


def test_development_recompresses_nothing(tmp_path: Path) -> None:
    result = build(tmp_path / "app", {"assets/logo.png": DRAWING}, is_dev=True)
    assert output_of(result, "logo.png") == DRAWING


def test_lossless_can_be_turned_off_for_a_glob(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": '[[image]]\nglob = "a.png"\nlossless = false\n',
        "assets/a.png": DRAWING,
        "assets/b.png": DRAWING,
    }
    result = build(tmp_path / "app", files)
    assert output_of(result, "a.png") == DRAWING
    assert output_of(result, "b.png") != DRAWING


def test_own_file_of_a_siblings_name_wins(tmp_path: Path) -> None:
    own = save(draw(160, 100, seed=9, mode="RGB"), "WEBP")
    result = build(tmp_path / "app", {**FILES, "assets/img/hero.webp": own})
    assert output_of(result, "img/hero.webp") == own
    hero = result.manifest.entries[LogicalPath("img/hero.jpg")].picture
    assert hero is not None
    assert ("img/hero.webp", 160) in [(one.logical, one.width) for one in hero.siblings]


def test_two_pictures_that_want_one_sibling_are_told(tmp_path: Path) -> None:
    found = failing(tmp_path / "app", {**FILES, "assets/img/hero.png": DRAWING})
    assert ("images/two-pictures", "assets/img/hero.png:1:1") in told(found)


def test_bad_picture_warns_and_is_copied_until_something_is_asked_of_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"assets/a.png": DRAWING[:300]}
    result = build(tmp_path / "app", files)
    assert told(result.diagnostics) == [("picture/damaged", "assets/a.png:1:1")]
    assert output_of(result, "a.png") == DRAWING[:300]
    again = build(tmp_path / "app", is_forced=True)
    assert told(again.diagnostics) == told(result.diagnostics)
    asked = failing(tmp_path / "app", {"assetbuild.toml": "[images]\nstrip = true\n"})
    assert told(asked) == [("picture/damaged", "assets/a.png:1:1")]


# libjpeg's compressor ends the process at it: a coefficient that no picture has
KILLER = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8"
    "ybqmx5moq6T/wAALCAAIABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDvwQR"
    "BRIhMUEGE1FhByJxFDKBkaHRI0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4"
    "eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEB"
    "AAA/AKFFf//Z"
)


def test_picture_that_ends_the_encoder_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assets/a.jpg": PHOTO,
        "assets/b.jpg": KILLER,
        "assets/c.jpg": PHOTO,
        "assets/d.jpg": KILLER + b"\0",
        "assets/e.png": DRAWING,
    }
    result = build(tmp_path / "app", files)
    assert told(result.diagnostics) == [
        ("picture/damaged", "assets/b.jpg:1:1"),
        ("picture/damaged", "assets/d.jpg:1:1"),
    ]
    assert output_of(result, "b.jpg") == KILLER
    assert len(output_of(result, "c.jpg")) < len(PHOTO)
    assert len(output_of(result, "e.png")) < len(DRAWING)


def test_manifest_without_pictures_is_as_before(tmp_path: Path) -> None:
    result = build(tmp_path / "app", {"assets/app.css": "a{}"})
    document = json.loads(dump_manifest(result.manifest))
    assert document["schema"] == 1
    assert "picture" not in document["entries"]["app.css"]
