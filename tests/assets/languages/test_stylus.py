"""Stylus on each engine: imports, globs, dependencies, diagnostics."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.model import GlobDep
from assetbuild.assets.tools.model import Tool
from tests.support.compiling import absent_files, compile_file, errors_of, make_request, read_files
from tests.support.tree import write_tree

pytestmark = pytest.mark.network


def test_imports_globs_packages_and_built_in_functions(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    write_tree(
        tmp_path,
        {
            "assets/css/app.styl": "@import 'base'\n@require 'parts/*'\n@import '~kit'\n"
            "// @import 'no'\n@import url(far.css)\n@import 'near.css'\n"
            ".app\n  color darken(ink, 50%)\n  round(2px)\n  background asset-url('l.png')\n",
            "assets/css/base/index.styl": "@import 'colours'\n",
            "assets/css/base/colours.styl": "ink = #80a0c0\n",
            "assets/css/parts/b.styl": ".b\n  c d\n",
            "assets/css/parts/a.styl": ".a\n  b c\n",
            "assets/mixins.styl": "",
            "node_modules/kit/package.json": json.dumps({"stylus": "kit.styl"}),
            "node_modules/kit/kit.styl": "round(n)\n  border-radius n\n",
        },
    )
    request = make_request(tmp_path, "css/app.styl", tools=tools, engine=engine)
    made = compile_file(request)
    assert made.content.decode() == (
        "@import url(\"far.css\");\n@import 'near.css';\n"
        ".a {\n  b: c;\n}\n.b {\n  c: d;\n}\n"
        ".app {\n  color: #35506b;\n  border-radius: 2px;\n  background: url('asset:l.png');\n}\n"
    )
    assert read_files(made) == [
        "assets/css/base/colours.styl",
        "assets/css/base/index.styl",
        "assets/css/parts/a.styl",
        "assets/css/parts/b.styl",
        "pkg:kit/kit.styl",
    ]
    assert "assets/css/base.styl" in absent_files(made)
    assert [one.pattern for one in made.deps if isinstance(one, GlobDep)] == [
        "assets/css/parts/*.styl"
    ]
    assert made.source_map is not None
    document = json.loads(made.source_map)
    assert document["sources"] == [
        "assets/css/app.styl",
        "assets/css/parts/a.styl",
        "assets/css/parts/b.styl",
        "pkg:kit/kit.styl",
    ]
    assert None not in document["sourcesContent"]
    assert [Path(one).name for one in find_language("a.styl").find_imports(request)] == [
        "colours.styl",
        "index.styl",
        "a.styl",
        "b.styl",
        "kit.styl",
    ]


def test_plugins_run_and_their_modules_are_dependencies(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    write_tree(
        tmp_path,
        {
            "assets/a.styl": "use('kit')\nuse('plug/add.js', { by: 2, ways: (left right), deep: true })\n"
            "@import 'kit-parts'\n.a\n  width add(40px)\n  kit-box()\n",
            "assets/plug/add.js": "var how = require('./how'), nodes = require('stylus').nodes;\n"
            "module.exports = function (options) { return function (style) {\n"
            "  style.define('add', function (value) {\n"
            "    if (options.ways.join() !== 'left,right' || options.deep !== true) throw Error('options');\n"
            "    return new nodes.Unit(value.val + how.far * options.by, value.type); }); }; };\n",
            "assets/plug/how.js": "exports.far = 1;",
            "node_modules/kit/package.json": '{"main": "lib/kit", "version": "1.2.3"}',
            "node_modules/kit/lib/kit.js": "var path = require('path');\n"
            "try { require('canvas'); } catch (missing) {}\n"
            "var version = require(path.join(__dirname, '../package.json')).version;\n"
            "module.exports = function () { return function (style) {\n"
            "  style.include(__dirname).define('kit-version', () => version); }; };\n",
            "node_modules/kit/lib/kit-parts.styl": "kit-box()\n  content kit-version()\n",
        },
    )
    made = compile_file(make_request(tmp_path, "a.styl", tools=tools, engine=engine))
    assert made.content.decode() == ".a {\n  width: 42px;\n  content: '1.2.3';\n}\n"
    assert read_files(made) == [
        "assets/plug/add.js",
        "assets/plug/how.js",
        "pkg:kit/lib/kit-parts.styl",
        "pkg:kit/lib/kit.js",
        "pkg:kit/package.json",
    ]
    absent = set(absent_files(made))
    assert {"assets/kit.js", "pkg:canvas.js", "assets/plug/how"} <= absent
    assert not any(one.startswith((".", "/")) for one in absent)


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        (None, 'cannot find the plugin "x.js"'),
        ("exports.x = 1", "it does not export a function"),
        ("require('fs')", 'it requires "fs", which is no package of the app and not "path" or "stylus"'),
        ("module.exports = () => (style) => style.on('end', () => 0)", "it changes the finished CSS"),
        ("process.exit(process.env.X)", "TypeError: "),
        ("}", "SyntaxError"),
    ],
)  # fmt: skip
def test_a_plugin_that_cannot_run_is_told(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str, plugin: str | None, message: str
) -> None:
    write_tree(tmp_path, {"assets/a.styl": "\n  \nuse('x.js')\n"})
    if plugin is not None:
        write_tree(tmp_path, {"assets/x.js": plugin})
    (told,) = errors_of(make_request(tmp_path, "a.styl", tools=tools, engine=engine))
    first, *rest = told.split("\n")
    assert first.startswith("stylus/compile: ")
    assert message in first
    assert rest == ["  assets/a.styl:3:1", "    use('x.js')", "    ^"]


def test_what_a_plugin_changes_stays_with_its_source(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    write_tree(
        tmp_path,
        {
            "assets/a.styl": "use('x.js')\n.a\n  b saturation(red)\n  c own()\n",
            "assets/b.styl": ".a\n  b saturation(red)\n  c own()\n",
            "assets/x.js": "var stylus = require('stylus'); var count = 0;\n"
            "module.exports = () => () => { count += 1;\n"
            "  stylus.functions.saturation = stylus.functions.own = () => new stylus.nodes.Unit(count); };",
        },
    )
    with EngineHost({"PATH": os.environ.get("PATH", "")}) as host:
        made = [
            compile_file(make_request(tmp_path, name, tools=tools, engine=engine), host).content
            for name in ("a.styl", "b.styl", "a.styl")
        ]
    assert made == [
        b".a {\n  b: 1;\n  c: 1;\n}\n",
        b".a {\n  b: 100%;\n  c: own();\n}\n",
        b".a {\n  b: 1;\n  c: 1;\n}\n",
    ]


def test_a_folder_is_its_index(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(
        tmp_path, {"assets/a.styl": "@import 'kit/'\n", "assets/kit/index.styl": ".a\n  b c\n"}
    )
    made = compile_file(make_request(tmp_path, "a.styl", tools=tools))
    assert made.content == b".a {\n  b: c;\n}\n"


def test_warnings_are_told(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(
        tmp_path,
        {"assets/a.styl": "warn('old')\njson('d.json')\n.a\n  b e\n", "assets/d.json": '{"e": 1}'},
    )
    made = compile_file(make_request(tmp_path, "a.styl", tools=tools))
    assert [f"{one.code}: {one.message}" for one in made.diagnostics] == ["stylus/warn: old"]
    assert read_files(made) == ["assets/d.json"]
