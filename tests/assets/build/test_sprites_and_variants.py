"""Sprites and variants inside a build: no order to remember, one manifest, nothing twice."""

from __future__ import annotations

import time
from pathlib import Path

import brotli
import deflate

from assetbuild.digests import sha256_hex
from assetbuild.paths import LogicalPath
from tests.support.builds import build, failing, output_of
from tests.support.pictures import make_png
from tests.support.tree import read_tree

FILES: dict[str, str | bytes] = {
    "assetbuild.toml": "",
    "assets/css/app.scss": '@import "sprites/icons";\n.x { @include icons("i3"); }\n',
    **{f"assets/sprites/icons/i{n}.png": make_png(16, 16, seed=n) for n in range(6)},
}


def test_a_stylesheet_uses_a_sheet_that_the_build_makes(tmp_path: Path) -> None:
    result = build(tmp_path / "app", FILES)
    entries = result.manifest.entries
    sheet = entries[LogicalPath("sprites/icons.png")]
    css = output_of(result, "css/app.css").decode()
    assert f"../{sheet.hashed}" in css
    assert "asset:" not in css
    assert LogicalPath("sprites/icons.css") in entries
    assert LogicalPath("sprites/_icons.css") not in entries


def test_variants_are_in_the_manifest_and_decode_to_the_file(tmp_path: Path) -> None:
    result = build(tmp_path / "app", FILES)
    count = 0
    for entry in result.manifest.entries.values():
        data = (result.output / entry.hashed).read_bytes()
        for coding, one in entry.variants.items():
            packed = (result.output / one.path).read_bytes()
            assert (len(packed), sha256_hex(packed)) == (one.size, one.sha256)
            assert one.size <= 0.95 * len(data)
            plain = (
                brotli.decompress(packed)
                if coding == "br"
                else bytes(deflate.gzip_decompress(packed, len(data)))
            )
            assert plain == data
            count += 1
    assert count >= 4
    assert not result.manifest.entries[LogicalPath("sprites/icons.png")].variants


def test_changed_icon_changes_sheet_and_stylesheet_and_the_second_run_rests(tmp_path: Path) -> None:
    project = tmp_path / "app"
    before = build(project, FILES).manifest.entries
    assert build(project).manifest.entries == before
    changed = {"assets/sprites/icons/i3.png": make_png(16, 16, seed=99)}
    after = build(project, changed).manifest.entries
    for name in ("sprites/icons.png", "css/app.css"):
        assert before[LogicalPath(name)].hashed != after[LogicalPath(name)].hashed
    # files younger than the clock's margin are looked at once more before they are trusted
    time.sleep(0.1)
    build(project)
    assert build(project).stats.is_up_to_date


def test_two_machines_make_the_same_bytes(tmp_path: Path) -> None:
    one, other = (build(tmp_path / name / "app", FILES) for name in ("one", "another/folder"))
    assert read_tree(one.output) == read_tree(other.output)


def test_bad_icon_fails_the_build_and_leaves_the_output(tmp_path: Path) -> None:
    project = tmp_path / "app"
    before = read_tree(build(project, FILES).output)
    found = failing(project, {"assets/sprites/icons/bad.png": b"\x89PNG\r\n\x1a\n"})
    assert [one.code for one in found] == ["picture/damaged"]
    assert read_tree(project / "public/assets") == before


def test_profile_off_writes_no_variants(tmp_path: Path) -> None:
    result = build(tmp_path / "app", {**FILES, "assetbuild.toml": '[variants]\nprofile = "off"'})
    assert not [name for name in read_tree(result.output) if name.endswith((".br", ".gz"))]
