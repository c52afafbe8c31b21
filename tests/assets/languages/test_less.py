"""LESS on each engine: imports, dependencies, diagnostics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.tools.model import Tool
from tests.support.compiling import absent_files, compile_file, make_request, read_files
from tests.support.tree import write_tree

pytestmark = pytest.mark.network


def test_imports_by_name_variable_and_package(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    write_tree(
        tmp_path,
        {
            "assets/css/a.less": '@import "v";\n@w: "dyn";\n@import "@{w}";\n@import "~pkg/p";\n'
            '@import (optional) "none";\n// @import "no";\n@import url(x.css);\n'
            '.a{width:@x; b: data-uri("i.svg"); c: data-uri("i.png"); d: asset-url("l.png")}\n',
            "assets/css/v.less": "@x: 3px;",
            "assets/dyn.less": ".dyn{a:b}",
            "assets/css/i.svg": "<svg/>",
            "assets/css/i.png": b"\x89PNG\xff",
            "node_modules/pkg/p.less": ".p{a:b}",
        },
    )
    request = make_request(tmp_path, "css/a.less", tools=tools, engine=engine)
    made = compile_file(request)
    assert made.content.decode() == (
        "@import url(x.css);\n.dyn {\n  a: b;\n}\n.p {\n  a: b;\n}\n.a {\n  width: 3px;\n"
        '  b: url("data:image/svg+xml,%3Csvg%2F%3E");\n'
        '  c: url("data:image/png;base64,iVBOR/8=");\n  d: url("asset:l.png");\n}\n'
    )
    assert read_files(made) == [
        "assets/css/i.png",
        "assets/css/i.svg",
        "assets/css/v.less",
        "assets/dyn.less",
        "pkg:pkg/p.less",
    ]
    assert {"assets/css/dyn.less", "assets/css/none.less"} <= {*absent_files(made)}
    assert made.source_map is not None
    assert json.loads(made.source_map)["sources"][0] == "assets/dyn.less"
    assert find_language("a.less").find_imports(request) == (
        str(tmp_path / "assets/css/v.less"),
        str(tmp_path / "node_modules/pkg/p.less"),
    )


def test_a_plugin_adds_a_function(tmp_path: Path, tools: Mapping[str, Tool], engine: str) -> None:
    plugin = """module.exports = { install: function (less, manager, functions) {
      functions.add("three", function () { return less.dimension(3); });
    } };"""
    write_tree(
        tmp_path,
        {"assets/a.less": '@plugin "p";\n.a { b: three() }\n', "assets/p.js": plugin},
    )
    made = compile_file(make_request(tmp_path, "a.less", tools=tools, engine=engine))
    assert made.content == b".a {\n  b: 3;\n}\n"


def test_what_a_plugin_writes_is_no_import_and_no_mark_of_its_own(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    plugin = """var own = (`
      @import "gone"; a{b:url(x.svg#y) /* sprite: i */}
      @import url(//x);`);
    module.exports = { install: function (less, manager, functions) {
      functions.add("own", function () { return new less.quoted('"', own); });
    } };"""
    write_tree(
        tmp_path, {"assets/a.less": '@plugin "p";\n.a { b: own() }\n', "assets/p.js": plugin}
    )
    made = compile_file(make_request(tmp_path, "a.less", tools=tools, engine=engine))
    assert plugin.split("`")[1] in made.content.decode()


def test_a_number_of_a_detached_list_is_printed(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    text = "@list: a b;\neach(@list, { .n-@{index} { c: @index } });\n"
    write_tree(tmp_path, {"assets/a.less": text})
    made = compile_file(make_request(tmp_path, "a.less", tools=tools))
    assert made.content == b".n-1 {\n  c: 1;\n}\n.n-2 {\n  c: 2;\n}\n"


def test_imports_of_other_hosts_stay(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    text = '@import url("https://h/css?family=A") screen;\n@import "//h/b";\n.a { b: c }\n'
    write_tree(tmp_path, {"assets/a.less": text})
    made = compile_file(make_request(tmp_path, "a.less", tools=tools, engine=engine))
    assert made.diagnostics == ()
    assert made.content == (
        b'@import url("https://h/css?family=A") screen;\n@import "//h/b";\n.a {\n  b: c;\n}\n'
    )


def test_a_page_is_put_in_as_text(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(tmp_path, {"assets/a.less": ".a{b:data-uri('p.html')}", "assets/p.html": "<p>"})
    made = compile_file(make_request(tmp_path, "a.less", tools=tools))
    assert made.content == b'.a {\n  b: url("data:text/html,%3Cp%3E");\n}\n'


def test_circular_import_ends(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(
        tmp_path,
        {"assets/a.less": '@import "b";\n.a{b:c}', "assets/b.less": '@import "a";\n.b{b:c}'},
    )
    made = compile_file(make_request(tmp_path, "a.less", tools=tools))
    assert made.content == b".b {\n  b: c;\n}\n.a {\n  b: c;\n}\n"


def test_comments_before_imports_stand_where_lessc_puts_them(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    write_tree(
        tmp_path,
        {
            "assets/a.less": '@import "b";\n@import "c";\n',
            "assets/b.less": '@import "deep";\n.b{x:y}\n',
            "assets/c.less": '@import "v";\n.c{x:y}\n',
            "assets/deep.less": '@import "v";\n',
            "assets/v.less": "/* v */\n@v: 1;\n",
        },
    )
    made = compile_file(make_request(tmp_path, "a.less", tools=tools, engine=engine))
    assert made.content == b".b {\n  x: y;\n}\n/* v */\n.c {\n  x: y;\n}\n"
