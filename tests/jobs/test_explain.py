from __future__ import annotations

import io
from pathlib import Path

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.clean import clean_project
from assetbuild.jobs.explain import Explanation, explain_output
from assetbuild.reporting import TextReporter
from tests.support.tree import read_tree, write_tree

SHOP: dict[str, str | bytes] = {
    "shop/assets/css/app.scss": '@import "base";\n.a { background: url(../img/a.png) }\n',
    "shop/assets/css/_base.scss": "$x: 1px;\n",
    "shop/assets/js/a.js": "a();\n",
    "shop/assets/js/b.js": "b();\n",
    "shop/assets/img/a.png": b"\x89PNG not really",
    "shop/assetbuild.toml": '[[bundle]]\nname = "js/all.js"\nfiles = ["js/a.js", "js/b.js"]\n',
}


def explain(tmp_path: Path, name: str) -> Explanation:
    env = {"ASSETBUILD_CACHE_DIR": str(tmp_path / "cache"), "PATH": ""}
    reporter = TextReporter(io.StringIO(), env=env)
    return explain_output(tmp_path / "shop", name, env=env, reporter=reporter)


def test_output_tells_its_inputs_tools_and_references(tmp_path: Path) -> None:
    write_tree(tmp_path, SHOP)
    found = explain(tmp_path, "css/app.css")
    assert found.inputs == ("assets/css/_base.scss", "assets/css/app.scss")
    assert "assets/css/base.scss" in found.looked_for
    assert found.entry.references == ("css/app.css.map", "img/a.png")
    assert [name for name, _ in found.tools] == ["libsass"]
    assert explain(tmp_path, found.entry.hashed) == found
    assert explain(tmp_path, "assets/css/app.scss") == found
    assert explain(tmp_path, "css/app.scss") == found
    picture = explain(tmp_path, "img/a.png")
    assert picture.referenced_by == ("css/app.css",)
    assert picture.reason == "it is copied as it is"


def test_bundle_tells_its_members(tmp_path: Path) -> None:
    write_tree(tmp_path, SHOP)
    assert explain(tmp_path, "js/all.js").inputs == ("assets/js/a.js", "assets/js/b.js")
    write_tree(tmp_path, {"shop/assets/js/main.js": "//= require ./a\nmain();\n"})
    assert explain(tmp_path, "js/main.js").inputs == ("assets/js/a.js", "assets/js/main.js")


def test_reason_of_the_last_rebuild_is_kept_until_the_next(tmp_path: Path) -> None:
    write_tree(tmp_path, SHOP)
    assert explain(tmp_path, "css/app.css").reason == "this project had not made it before"
    write_tree(tmp_path, {"shop/assets/css/_base.scss": "$x: 2px; b { top: $x }\n"})
    assert explain(tmp_path, "css/app.css").reason == '"assets/css/_base.scss" changed'
    write_tree(tmp_path, {"shop/assets/js/a.js": "aa();\n"})
    assert explain(tmp_path, "js/a.js").reason == '"assets/js/a.js" changed'
    assert explain(tmp_path, "css/app.css").reason == '"assets/css/_base.scss" changed'
    write_tree(tmp_path, {"shop/assets/css/base.scss": "$x: 3px; b { top: $x }\n"})
    (tmp_path / "shop/assets/css/_base.scss").unlink()
    assert explain(tmp_path, "css/app.css").reason == (
        '"assets/css/_base.scss" is read no longer; "assets/css/base.scss" is read now'
    )


def test_option_that_changed_is_the_reason(tmp_path: Path) -> None:
    write_tree(tmp_path, SHOP)
    explain(tmp_path, "css/app.css")
    rule = '[[rule]]\nglob = "css/**"\nminify = false\n'
    write_tree(tmp_path, {"shop/assetbuild.toml": str(SHOP["shop/assetbuild.toml"]) + rule})
    assert explain(tmp_path, "css/app.css").reason == 'the option "minify" changed'


@pytest.mark.parametrize("name", ["css/_base.scss", "assets/css/_base.scss"])
def test_a_partial_is_told_where_it_goes(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, SHOP)
    with pytest.raises(AssetbuildError) as caught:
        explain(tmp_path, name)
    (found,) = caught.value.diagnostics
    assert found.message == f'"{name}" is no output of its own: it goes into "css/app.css"'


def test_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    write_tree(tmp_path, SHOP)
    with pytest.raises(AssetbuildError) as caught:
        explain(tmp_path, "css/ap.css")
    (item,) = caught.value.diagnostics
    assert (item.code, item.hint) == ("explain/unknown", 'did you mean "css/app.css"?')


def test_clean_removes_what_was_built_and_nothing_else(tmp_path: Path) -> None:
    write_tree(tmp_path, SHOP)
    explain(tmp_path, "css/app.css")
    write_tree(tmp_path, {"shop/public/assets/mine.txt": "mine"})
    env = {"ASSETBUILD_CACHE_DIR": str(tmp_path / "cache"), "PATH": ""}
    cleaned = clean_project(
        tmp_path / "shop", env=env, reporter=TextReporter(io.StringIO(), env={})
    )
    assert cleaned.removed > 5 and cleaned.left == 1
    assert read_tree(tmp_path / "shop/public") == {"assets/mine.txt": b"mine"}
    again = clean_project(tmp_path / "shop", env=env, reporter=TextReporter(io.StringIO(), env={}))
    assert (again.removed, again.left) == (0, 1)
    assert explain(tmp_path, "css/app.css").entry.size > 0
