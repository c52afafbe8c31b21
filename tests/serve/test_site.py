from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import assetbuild
from assetbuild.asset_base import HOST_VARIABLE
from assetbuild.assets.manifest import digest_manifest, dump_manifest
from assetbuild.diagnostics import AssetbuildError
from assetbuild.serve.assets import Assets
from assetbuild.serve.site import load_site
from tests.serve.site import write_site
from tests.support.tree import write_tree


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "css/app.css": b"a{}",
        "js/app.js": b"1",
        "js/lib/x.js": b"2",
        "img/a b.png": b"3",
        "fonts/a.woff2": b"4",
    }
    write_site(tmp_path / "public/assets", files)
    return tmp_path


def test_urls_come_from_the_manifest_and_the_environment(project: Path) -> None:
    assets = Assets(project)
    assert re.fullmatch(r"/assets/css/app\.[0-9a-f]{12}\.css", assets.url("css/app.css"))
    assert re.fullmatch(r"/assets/img/a%20b\.[0-9a-f]{12}\.png", assets.url("img/a b.png"))
    assert assets.url("fonts/a.woff2?x#iefix").endswith(".woff2?x#iefix")
    assert assets.integrity("css/app.css").startswith("sha384-")
    hosted = Assets(project, env={HOST_VARIABLE: "https://cdn.example.com"})
    assert hosted.url("js/app.js") == "https://cdn.example.com" + assets.url("js/app.js")


@pytest.mark.parametrize(
    ("url", "root", "expected"),
    [
        ("/assets/", "", "/assets/"),
        ("/assets/", "/shop", "/shop/assets/"),
        ("/", "/shop", "/shop/"),
        ("/shop/assets/", "/shop", "/shop/assets/"),
        ("/shopping/", "/shop", "/shop/shopping/"),
        ("https://cdn.example.com/", "/shop", "https://cdn.example.com/"),
        ("//cdn.example.com/", "/shop", "//cdn.example.com/"),
    ],
)
def test_pages_of_a_mounted_app_name_assets_below_its_path(
    project: Path, url: str, root: str, expected: str
) -> None:
    write_tree(project, {"assetbuild.toml": f'[assets]\nurl = "{url}"\n'})
    assets = Assets(project, find_mount=lambda: root)
    assert assets.url("css/app.css").rpartition("css/")[0] == expected
    assert expected in assets.tag("js/app.js") and expected in assets.importmap()
    assert assets.table() is assets.source.site().table


def test_unknown_asset_names_the_nearest(project: Path) -> None:
    with pytest.raises(AssetbuildError) as caught:
        Assets(project).url("css/ap.css")
    found = caught.value.diagnostics[0]
    assert (found.code, found.hint) == ("serve/unknown-asset", 'did you mean "css/app.css"?')
    for name in ("../secret", "", "/", "\0"):
        with pytest.raises(AssetbuildError):
            Assets(project).url(name)


def test_missing_manifest_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(AssetbuildError) as caught:
        Assets(tmp_path).url("a")
    assert caught.value.diagnostics[0].hint == "build first: assetbuild compile"


def test_kept_manifests_serve_their_hashes(project: Path) -> None:
    out = project / "public/assets"
    old = load_site(project, env={})
    write_tree(
        out,
        {
            f"previous/{digest_manifest(old.manifest)}.json": dump_manifest(old.manifest),
            f"previous/{'0' * 64}.json": "{",
        },
    )
    write_site(out, {"css/app.css": b"b{}"})
    new = load_site(project, env={})
    assert old.url("css/app.css") != new.url("css/app.css")
    for site in (old, new):
        assert site.url("css/app.css").removeprefix("/assets/") in new.table.resources
    assert "js/app.js" not in new.table.resources


def test_tags(project: Path) -> None:
    assets = Assets(project)
    css, js = assets.url("css/app.css"), assets.url("js/app.js")
    assert assets.tag("css/app.css") == f'<link rel="stylesheet" href="{css}">'
    assert (
        assets.tag("js/app.js", defer=True, async_=False) == f'<script src="{js}" defer></script>'
    )
    digest = assets.integrity("js/app.js")
    checked = f'integrity="{digest}" crossorigin="anonymous"'
    assert assets.tag("js/app.js", integrity=True, preload=True, type="module") == (
        f'<link rel="modulepreload" href="{js}" {checked}>\n'
        f'<script src="{js}" {checked} type="module"></script>'
    )
    assert 'alt="&lt;&quot;"' in assets.tag("img/a b.png", alt='<"')
    font = assets.tag("fonts/a.woff2", preload=True)
    assert font.startswith('<link rel="preload" as="font" href="')
    assert 'crossorigin="anonymous"' in font.splitlines()[0]


def read_map(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(text.partition(">")[2].partition("</script>")[0])
    return found


def test_import_map_holds_every_script_with_its_integrity(project: Path) -> None:
    assets = Assets(project)
    text = assets.importmap(preload=["js/app.js"], nonce="n")
    assert text.startswith('<script type="importmap" nonce="n">')
    found = read_map(text)
    assert found["imports"] == {name: assets.url(name) for name in ("js/app.js", "js/lib/x.js")}
    assert found["integrity"] == {
        assets.url(name): assets.integrity(name) for name in ("js/app.js", "js/lib/x.js")
    }
    assert text.splitlines()[1].startswith(
        f'<link rel="modulepreload" href="{assets.url("js/app.js")}"'
    )


def test_import_map_names_are_configured(project: Path) -> None:
    write_tree(
        project,
        {"assetbuild.toml": '[serve]\nimportmap = { app = "js/app.js", "lib/" = "js/lib/" }\n'},
    )
    found = read_map(Assets(project).importmap())
    assert list(found["imports"]) == ["app", "lib/x.js"]


def test_import_map_cannot_end_its_script(tmp_path: Path) -> None:
    write_site(tmp_path / "public/assets", {"</script><b>.js": b"1"})
    assert Assets(tmp_path).importmap().count("</script>") == 1


def test_assets_is_a_name_of_the_package() -> None:
    assert assetbuild.Assets is Assets
    with pytest.raises(AttributeError):
        assetbuild.Nothing  # noqa: B018
