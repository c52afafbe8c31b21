"""Whole builds on disk: references, names, second runs, what stays and what goes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assetbuild.assets.build.state import stamp_tools
from assetbuild.assets.manifest import parse_manifest
from tests.support.builds import build, failing, output_of, outputs, told
from tests.support.pictures import make_png
from tests.support.reference import ROOT
from tests.support.tree import write_tree

SHOP: dict[str, str | bytes] = {
    "assets/css/app.scss": '@import "base";\n.a { background: url("../img/a b.png?v=1#x"); }\n',
    "assets/css/_base.scss": "$c: red;\n.b { color: $c; }\n",
    "assets/img/a b.png": make_png(4, 4, seed=1),
    "assets/js/a.js": 'import "./b.js";\nconsole.log("a");\n',
    "assets/js/b.js": "export const x = 1;\n",
}


def test_outputs_are_named_by_their_final_bytes(tmp_path: Path) -> None:
    result = build(tmp_path, SHOP)
    entries = result.manifest.entries
    assert [str(one) for one in entries] == [
        "css/app.css",
        "css/app.css.map",
        "img/a b.png",
        "js/a.js",
        "js/a.js.map",
        "js/b.js",
        "js/b.js.map",
    ]
    for logical, one in entries.items():
        data = output_of(result, logical)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one.size, one.sha256)
        if not logical.endswith(".map"):
            assert f".{one.sha256[:12]}." in one.hashed
    css = output_of(result, "css/app.css").decode()
    image = entries[next(one for one in entries if one == "img/a b.png")].hashed
    assert f"../{image}?v=1#x".replace(" ", "%20") in css
    assert result.output == tmp_path / "public/assets"
    assert (
        parse_manifest((result.output / "manifest.json").read_bytes(), file="m") == result.manifest
    )


def test_a_changed_leaf_renames_all_that_name_it(tmp_path: Path) -> None:
    first = build(tmp_path, SHOP)
    second = build(tmp_path, {"assets/img/a b.png": make_png(4, 4, seed=2)})
    assert [str(one) for one in second.changed] == ["css/app.css", "css/app.css.map", "img/a b.png"]
    assert first.manifest != second.manifest


def test_second_run_does_nothing_and_replays_the_warnings(tmp_path: Path) -> None:
    files = {**SHOP, "assets/css/w.scss": '@warn "careful";\n.c{d:e}', "static/js/b.js": "2"}
    first = build(tmp_path, files)
    codes = [one.code for one in first.diagnostics]
    assert sorted(codes) == ["discover/shadowed", "sass/warn"]
    before = {name: os.stat(tmp_path / "public/assets" / name) for name in outputs(tmp_path)}
    build(tmp_path)  # settles the times of files younger than a moment
    for path in tmp_path.rglob("*"):
        if path.is_dir() or "assets/" in str(path):
            os.utime(path, ns=(1, path.stat().st_mtime_ns - 5_000_000_000))
    build(tmp_path)
    result = build(tmp_path)
    assert result.stats.is_up_to_date
    assert result.diagnostics == first.diagnostics
    assert result.manifest == first.manifest
    after = {name: os.stat(tmp_path / "public/assets" / name) for name in outputs(tmp_path)}
    assert {n: s.st_ino for n, s in before.items()} == {n: s.st_ino for n, s in after.items()}


def test_cache_replays_outputs_and_warnings_in_another_folder(tmp_path: Path) -> None:
    files = {"assets/w.scss": '@warn "careful";\n.c{d:e}'}
    cache = tmp_path / "cache"
    first = build(tmp_path / "one", files, cache_dir=cache)
    second = build(tmp_path / "two", files, cache_dir=cache)
    assert (first.stats.compiled, second.stats.compiled, second.stats.cached) == (1, 0, 1)
    assert first.diagnostics == second.diagnostics
    assert outputs(tmp_path / "one") == outputs(tmp_path / "two")


def test_cache_sees_a_file_that_shadows_an_import(tmp_path: Path) -> None:
    files = {"assets/app.scss": '@import "x/b";', "static/x/_b.scss": ".old{a:b}"}
    assert b".old" in output_of(build(tmp_path, files), "app.css")
    result = build(tmp_path, {"assets/x/_b.scss": ".new{a:b}"})
    assert b".new" in output_of(result, "app.css")
    (tmp_path / "assets/x/_b.scss").unlink()
    result = build(tmp_path)
    assert b".old" in output_of(result, "app.css")
    assert result.stats.cached == 1


def test_cache_sees_a_file_that_takes_the_place_of_an_import(tmp_path: Path) -> None:
    files = {"assets/a.scss": '@import "b";', "static/b.scss": ".b{c:d}"}
    first = build(tmp_path, files)
    second = build(tmp_path, {"assets/b.scss": ".b{c:e}"})
    assert first.manifest.entries.keys() == second.manifest.entries.keys() == {"a.css", "a.css.map"}
    assert b"c:d" in output_of(first, "a.css") and b"c:e" in output_of(second, "a.css")


def test_no_cache_gives_the_same_bytes(tmp_path: Path) -> None:
    build(tmp_path / "one", SHOP)
    build(tmp_path / "two", SHOP, uses_cache=False)
    assert outputs(tmp_path / "one") == outputs(tmp_path / "two")
    assert not (tmp_path / "two-cache").exists()


def test_processes_give_the_same_bytes(tmp_path: Path) -> None:
    files = {f"assets/s{n}.scss": f".a{n} {{ b: {n}px * 2; }}" for n in range(40)}
    one = build(tmp_path / "one", files, uses_cache=False)
    many = build(tmp_path / "many", files, uses_cache=False, jobs=2)
    assert one.manifest == many.manifest
    assert outputs(tmp_path / "one") == outputs(tmp_path / "many")


def test_files_that_only_imports_reach_are_no_outputs(tmp_path: Path) -> None:
    files = {
        "assets/app.scss": '@import "colours";\n.a{color:$c}',
        "assets/colours.scss": "$c: red;",
        "assets/kept.scss": "$d: red;",
        "assets/b.scss": '@import "kept";',
        "assetbuild.toml": '[[rule]]\nglob = "kept.scss"\nentry = true\n',
    }
    names = [str(one) for one in build(tmp_path, files).manifest.entries]
    assert [one for one in names if not one.endswith(".map")] == ["app.css", "b.css", "kept.css"]


def test_a_reference_makes_an_imported_file_an_output(tmp_path: Path) -> None:
    files = {
        "assets/app.scss": '@import "part";',
        "assets/part.scss": ".p{a:b}",
        "assets/page.html": '<link rel="stylesheet" href="part.css">',
    }
    result = build(tmp_path, files)
    assert b".p" in output_of(result, "part.css")


def test_old_files_stay_for_one_build_and_foreign_files_for_ever(tmp_path: Path) -> None:
    names = []
    for content in ("1", "2", "3"):
        result = build(tmp_path, {"assets/a.txt": content})
        names.append(next(iter(result.manifest.entries.values())).hashed)
        (tmp_path / "public/assets/foreign.txt").write_text("mine")
    assert sorted(outputs(tmp_path)) == sorted([*names[1:], "foreign.txt", "manifest.json"])


def test_a_forced_build_knows_the_files_of_older_ones(tmp_path: Path) -> None:
    for content, is_forced in (("1", False), ("2", False), ("3", True), ("4", False)):
        build(tmp_path, {"assets/a.txt": content}, is_forced=is_forced)
    texts = {data for name, data in outputs(tmp_path).items() if name != "manifest.json"}
    assert texts == {b"3", b"4"}


def test_what_lies_in_a_former_output_folder_stays(tmp_path: Path) -> None:
    build(tmp_path, {"assets/a.txt": "1"})
    before = outputs(tmp_path)
    build(tmp_path, {"assetbuild.toml": '[assets]\noutput = "dist"\n'})
    for content in ("2", "3", "4"):
        build(tmp_path, {"assets/a.txt": content})
    assert outputs(tmp_path) == before


def test_going_back_to_an_older_build_keeps_its_files(tmp_path: Path) -> None:
    for content in ("1", "2", "1", "2", "1"):
        result = build(tmp_path, {"assets/a.txt": content})
        [entry] = result.manifest.entries.values()
        assert (result.output / entry.hashed).read_text() == content


def test_a_changed_unhashed_output_is_written_beside_what_stays(tmp_path: Path) -> None:
    files = {"assets/robots.txt": "one", "assets/b.txt": "b"}
    build(tmp_path, {**files, "assetbuild.toml": '[assets]\nunhashed = ["robots.txt"]\n'})
    for text in (b"two", b"six", b"two"):  # of one size, so that only the content tells
        build(tmp_path, {"assets/robots.txt": text})
        assert outputs(tmp_path)["robots.txt"] == text


def test_a_reference_of_a_partial_is_looked_for_beside_the_partial(tmp_path: Path) -> None:
    files = {
        "assets/css/app.scss": '@import "../vendor/lib/lib";\n',
        "assets/vendor/lib/_lib.scss": "a { background: url(i.svg) }\n",
        "assets/vendor/lib/i.svg": "<svg/>",
    }
    result = build(tmp_path, files)
    (svg,) = (one.hashed for one in result.manifest.entries.values() if one.logical.endswith("svg"))
    assert f"url(../{svg})".encode() in output_of(result, "css/app.css")


def test_unhashed_outputs_keep_their_name(tmp_path: Path) -> None:
    files = {
        "assets/robots.txt": "x",
        "assets/a.html": "<img src=b.png>",
        "assets/b.png": "p",
        "assetbuild.toml": '[assets]\nunhashed = ["robots.txt", "*.html"]\n',
    }
    result = build(tmp_path, files)
    assert output_of(result, "robots.txt") == b"x"
    assert (result.output / "robots.txt").exists()
    assert b"b.png" not in (result.output / "a.html").read_bytes()


def test_absolute_urls_of_a_site_at_the_root_name_its_files(tmp_path: Path) -> None:
    page = '<img src="/b.png"><link rel=icon href="/favicon.ico"><a href="/">x</a><a href="/app/">y</a>'
    files: dict[str, str | bytes] = {
        "assets/docs/404.html": page,
        "assets/b.png": make_png(1, 1),
        "assets/favicon.ico": "i",
        "assets/a.css": "a { background: url(/b.png) }",
        "assetbuild.toml": '[assets]\nurl = "/"\nunhashed = ["**/*.html", "favicon.ico"]\n',
    }
    result = build(tmp_path, files)
    picture = next(one.hashed for name, one in result.manifest.entries.items() if name == "b.png")
    # a page is served at other paths too, so its URLs stay absolute; the app's pages are its own
    assert output_of(result, "docs/404.html").decode() == page.replace("b.png", picture)
    assert f"url({picture})" in output_of(result, "a.css").decode()
    assert result.diagnostics == ()


def test_variables_of_the_release_phase_change_no_build() -> None:
    env = {"ASSETBUILD_S3_URL": "s3://b", "ASSETBUILD_CLOUDFRONT_DISTRIBUTION": "E1"}
    assert stamp_tools(env) == stamp_tools({}) != stamp_tools({"ASSETBUILD_ENGINE": "node"})


def test_folder_form_of_names(tmp_path: Path) -> None:
    files = {**SHOP, "assetbuild.toml": '[assets]\nnames = "{hash}/{path}"\n'}
    result = build(tmp_path, files)
    hashed = {str(name): one.hashed for name, one in result.manifest.entries.items()}
    assert hashed["js/b.js"].endswith("/js/b.js")
    assert hashed["js/b.js"].split("/")[0].encode() in output_of(result, "js/a.js")


def test_third_party_map_that_is_missing_is_stripped_with_a_warning(tmp_path: Path) -> None:
    files = {"assets/x.min.js": "var a=1;\n//# sourceMappingURL=x.min.js.map\n"}
    result = build(tmp_path, files)
    assert output_of(result, "x.min.js") == b"var a=1;\n\n"
    assert told(result.diagnostics) == [("source-map/missing", "assets/x.min.js:2:22")]


def test_references_before_a_stripped_map_comment_are_rewritten(tmp_path: Path) -> None:
    text = "a { background: url(a.svg) }\n/*# sourceMappingURL=none.css.map */\n"
    rule = '[[rule]]\nglob = "*.css"\nminify = false\nsource-maps = false\n'
    files = {"assets/x.css": text, "assets/a.svg": "<svg/>", "assetbuild.toml": rule}
    result = build(tmp_path, files)
    (svg,) = (one.hashed for one in result.manifest.entries.values() if one.logical == "a.svg")
    assert output_of(result, "x.css").decode() == f"a {{ background: url({svg}) }}\n\n"


def test_the_map_of_an_unhashed_output_has_no_hash_either(tmp_path: Path) -> None:
    files = {"assets/a.js": "let  a = 1\n", "assetbuild.toml": '[assets]\nunhashed = ["a.js"]\n'}
    build(tmp_path, files)
    assert {"a.js", "a.js.map"} <= set(outputs(tmp_path))
    assert outputs(tmp_path)["a.js"].endswith(b"//# sourceMappingURL=a.js.map\n")


def test_unresolved_reference_in_a_partial_is_told_at_the_partial(tmp_path: Path) -> None:
    files = {
        "assets/css/app.scss": '@import "parts/p";\n',
        "assets/css/parts/_p.scss": ".a{}\n.b { background: url(logo.pgn); }\n",
        "assets/css/logo.png": "x",
    }
    found = failing(tmp_path, files)
    assert told(found) == [("css/unresolved-url", "assets/css/parts/_p.scss:2:22")]
    assert found[0].location is not None
    assert found[0].location.line_text == ".b { background: url(logo.pgn); }"


def test_rule_turns_unresolved_references_into_warnings(tmp_path: Path) -> None:
    files = {
        "assets/vendor/a.css": ".a{background:url(gone.png)}",
        "assetbuild.toml": '[[rule]]\nglob = "vendor/**"\nmissing = "warn"\n',
    }
    result = build(tmp_path, files)
    assert told(result.diagnostics) == [("css/unresolved-url", "assets/vendor/a.css:1:19")]
    assert b"gone.png" in output_of(result, "vendor/a.css")


def test_manifests_of_other_tools_are_written(tmp_path: Path) -> None:
    formats = '["django", "vite", "sprockets", "propshaft", "webpack"]'
    files = {**SHOP, "assetbuild.toml": f"[manifest]\nformats = {formats}\n"}
    result = build(tmp_path, files)
    django = json.loads((result.output / "staticfiles.json").read_text())
    assert django["paths"]["js/b.js"] in outputs(tmp_path)
    vite = json.loads((result.output / ".vite/manifest.json").read_text())
    assert "assets/css/app.scss" in vite
    (sprockets,) = result.output.glob(".sprockets-manifest-*.json")
    assert django["paths"]["js/b.js"] in json.loads(sprockets.read_text())["files"]
    for name in (".manifest.json", "asset-manifest.json"):
        assert "js/b.js" in json.loads((result.output / name).read_text())


def test_budget_over_fails_and_changes_nothing(tmp_path: Path) -> None:
    build(tmp_path, {"assets/a.js": "1"})
    before = outputs(tmp_path)
    files = {
        "assets/a.js": "console.log('" + "x" * 500 + "')",
        "assetbuild.toml": '[budget]\n"a.js" = "100 B gzip"\n"*.js" = "100 B"\n',
    }
    found = failing(tmp_path, files)
    assert [one.code for one in found] == ["budget/over"]
    assert outputs(tmp_path) == before


@pytest.mark.parametrize("seed", ["0", "1"])
def test_bytes_do_not_depend_on_the_process(tmp_path: Path, seed: str) -> None:
    write_tree(tmp_path / "p", SHOP)
    expected = build(tmp_path / "q", SHOP)
    arguments = ["--project", str(tmp_path / "p"), "--cache-dir", str(tmp_path / seed)]
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "assetbuild", "compile", *arguments],
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    manifest = (expected.output / "manifest.json").read_bytes()
    assert (tmp_path / "p/public/assets/manifest.json").read_bytes() == manifest


def test_a_bare_asset_path_is_the_url_that_scripts_can_use(tmp_path: Path) -> None:
    result = build(
        tmp_path,
        {
            "assetbuild.toml": '[assets]\nurl = "/static"\n',
            "assets/css/a.scss": '.a { --logo: #{asset-path("img/l.png")}; b: url(asset-path("img/l.png")); '
            'content: "asset: no name"; }',
            "assets/img/l.png": b"\x89PNG",
        },
    )
    css = output_of(result, "css/a.css").decode()
    hashed = next(one.hashed for one in result.manifest.entries.values() if "l." in one.hashed)
    assert f'"/static/{hashed}"' in css
    assert f'url("../{hashed}")' in css
    assert '"asset: no name"' in css


def test_a_missing_asset_path_is_an_error(tmp_path: Path) -> None:
    files = {"assets/css/a.scss": '.a { --logo: #{asset-path("img/l.png")}; }'}
    assert told(failing(tmp_path, files)) == [("css/unresolved-url", "assets/css/a.scss:1:32")]


def test_a_source_that_nothing_builds_is_no_silent_copy(tmp_path: Path) -> None:
    files = {"assets/js/a.js.erb": "<%= x %>", "assets/ui/b.vue": "<template/>"}
    found = failing(tmp_path, files)
    assert [(one.code, one.is_error) for one in found] == [
        ("plan/no-language", True),
        ("plan/copied-source", False),
    ]
    assert found[0].message == ('nothing here makes "js/a.js" of this source: ".erb" is not built')
    rules = (
        '[[rule]]\nglob = "**/*.erb"\nentry = true\n[[rule]]\nglob = "**/*.vue"\nentry = false\n'
    )
    result = build(tmp_path, {"assetbuild.toml": rules})
    assert (list(result.manifest.entries), told(result.diagnostics)) == (["js/a.js.erb"], [])


def test_a_manifest_form_that_is_wanted_no_longer_goes(tmp_path: Path) -> None:
    def lay(formats: str) -> set[str]:
        build(tmp_path, {**SHOP, "assetbuild.toml": f"[manifest]\nformats = {formats}\n"})
        return {name for name in outputs(tmp_path) if name.endswith(".json")}

    assert lay('["django", "vite"]') == {"manifest.json", "staticfiles.json", ".vite/manifest.json"}
    assert lay('["vite"]') == {"manifest.json", ".vite/manifest.json"}
    lay('["django"]')
    assert not (tmp_path / "public/assets/.vite").exists()
    # another tool has written its own since
    write_tree(tmp_path, {"public/assets/staticfiles.json": "{}"})
    assert lay("[]") == {"manifest.json", "staticfiles.json"}
    # one that no build wrote
    write_tree(tmp_path, {"public/assets/asset-manifest.json": "{}"})
    assert lay('["vite"]') >= {"asset-manifest.json", "staticfiles.json"}
