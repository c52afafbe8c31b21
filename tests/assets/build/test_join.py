"""Outputs of several sources: bundles, directives, @import."""

from __future__ import annotations

from pathlib import Path

from tests.support.builds import build, failing, output_of, outputs, told

PLAIN = "[assets]\nminify = false\nsource-maps = false\n"


def test_bundle_joins_any_language_in_order(tmp_path: Path) -> None:
    files = {
        "assets/js/b.coffee": "window.b = 2\n",
        "assets/js/lib/a.js": "window.a = 1",
        "assets/js/lib/c.js": "(function(){})()",
        "assetbuild.toml": PLAIN
        + '[[bundle]]\nname = "js/app.js"\nfiles = ["js/lib/*.js", "js/b.coffee"]\n',
    }
    text = output_of(build(tmp_path, files), "js/app.js").decode()
    assert text.index("window.a") < text.index("(function(){})()") < text.index("window.b")


def test_nested_bundles_and_moved_urls(tmp_path: Path) -> None:
    files = {
        "assets/css/x/a.css": ".a{background:url(i.png)}",
        "assets/css/x/i.png": "i",
        "assets/b.scss": '@charset "utf-8"; .b { c: "é"; }',
        "assetbuild.toml": PLAIN
        + '[[bundle]]\nname = "all.css"\nfiles = ["base.css", "b.scss"]\n'
        + '[[bundle]]\nname = "base.css"\nfiles = ["css/x/a.css"]\n',
    }
    result = build(tmp_path, files)
    text = output_of(result, "all.css").decode()
    image = next(one.hashed for name, one in result.manifest.entries.items() if "i.png" in name)
    assert f"url({image})" in text
    assert text.index(".a") < text.index(".b")


def test_bundle_problems_are_told_together(tmp_path: Path) -> None:
    files = {
        "assets/a.js": "1",
        "assetbuild.toml": '[[bundle]]\nname = "x.js"\nfiles = ["y.js", "b.js"]\n'
        '[[bundle]]\nname = "y.js"\nfiles = ["x.js"]\n'
        '[[bundle]]\nname = "z.png"\nfiles = []\n'
        '[[bundle]]\nname = "a.js"\nfiles = []\n',
    }
    codes = {one.code for one in failing(tmp_path, files)}
    assert codes == {
        "bundle/cycle",
        "bundle/unknown-member",
        "bundle/not-joinable",
        "bundle/name-taken",
    }


def test_a_bundle_of_two_types_is_an_error(tmp_path: Path) -> None:
    files = {
        "assets/a.scss": "a { b: c }",
        "assets/b.coffee": "b()",
        "assetbuild.toml": """
[[bundle]]
name = "x.css"
files = ["a.scss", "b.coffee", "y.js"]
[[bundle]]
name = "y.js"
files = ["b.coffee"]
""",
    }
    found = failing(tmp_path, files)
    assert [(one.code, one.message) for one in found] == [
        ("bundle/wrong-type", 'the bundle "x.css" lists "b.js", which is of another type'),
        ("bundle/wrong-type", 'the bundle "x.css" lists "y.js", which is of another type'),
    ]


def test_a_script_cannot_require_a_style_sheet(tmp_path: Path) -> None:
    files = {"assets/a.js": "//= require ./b.css\na()\n", "assets/b.css": "a{}"}
    assert told(failing(tmp_path, files)) == [("bundle/unresolved", "assets/a.js:1:1")]


def test_sprockets_directives_join(tmp_path: Path) -> None:
    files = {
        "app/assets/javascripts/application.js": "//= require lib\n//= require_tree ./x\nlast();\n",
        "app/assets/javascripts/lib.coffee": "first()\n",
        "app/assets/javascripts/x/y.js": "middle();\n",
        "app/assets/stylesheets/app.css": "/*\n *= require base\n */\n.z{}\n",
        "app/assets/stylesheets/base.scss": ".base { a: b; }\n",
        "assetbuild.toml": PLAIN,
    }
    result = build(tmp_path, files)
    text = output_of(result, "application.js").decode()
    assert text.index("first()") < text.index("middle()") < text.index("last()")
    assert b".base" in output_of(result, "app.css")


def test_directive_that_names_nothing_is_told_at_its_line(tmp_path: Path) -> None:
    files = {"assets/a.js": "//= require bb\n", "assets/b.js": "1"}
    assert told(failing(tmp_path, files)) == [("bundle/unresolved", "assets/a.js:1:1")]


def test_import_of_plain_css_is_inlined(tmp_path: Path) -> None:
    files = {
        "assets/app.css": '@import "part/p.css" screen;\n.a{b:c}',
        "assets/part/p.css": ".p{background:url(x.png)}",
        "assets/part/x.png": "x",
        "assetbuild.toml": PLAIN,
    }
    text = output_of(build(tmp_path, files), "app.css").decode()
    assert "@import" not in text
    assert "@media screen" in text
    assert "url(part/x." in text


def test_changed_member_changes_the_bundle_and_a_second_run_is_cached(tmp_path: Path) -> None:
    files = {
        "assets/a.coffee": "a()\n",
        "assets/b.coffee": "b()\n",
        "assetbuild.toml": '[[bundle]]\nname = "x.js"\nfiles = ["*.coffee"]\n',
    }
    build(tmp_path, files)
    before = outputs(tmp_path)
    result = build(tmp_path, {"assets/a.coffee": "c()\n"})
    assert b"c()" in output_of(result, "x.js")
    assert build(tmp_path, is_forced=True).stats.compiled == 0
    build(tmp_path, {"assets/a.coffee": "a()\n"})
    assert before.items() <= outputs(tmp_path).items()


def test_unresolved_url_in_a_bundle_is_told_at_its_source(tmp_path: Path) -> None:
    files = {
        "assets/x/a.css": ".a{}\n.b{background:url(gone.png)}",
        "assetbuild.toml": '[[bundle]]\nname = "all.css"\nfiles = ["x/a.css"]\n'
        '[[rule]]\nglob = "x/**"\nentry = false\n',
    }
    assert told(failing(tmp_path, files)) == [("css/unresolved-url", "assets/x/a.css:2:19")]


def test_members_that_are_no_entries_are_only_in_the_bundle(tmp_path: Path) -> None:
    files = {
        "assets/x/a.css": ".a{b:c}",
        "assetbuild.toml": '[[bundle]]\nname = "all.css"\nfiles = ["x/a.css"]\n'
        '[[rule]]\nglob = "x/**"\nentry = false\n',
    }
    assert list(build(tmp_path, files).manifest.entries) == ["all.css", "all.css.map"]
