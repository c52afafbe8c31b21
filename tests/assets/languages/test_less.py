"""LESS on each engine: imports, dependencies, diagnostics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.tools.model import Tool
from tests.support.compile_errors import errors_of
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
    files = read_files(made)
    assert files == [
        "assets/css/i.png",
        "assets/css/i.svg",
        "assets/css/v.less",
        "assets/dyn.less",
        "pkg:pkg/p.less",
    ]
    absent = absent_files(made)
    assert "assets/css/dyn.less" in absent
    assert "assets/css/none.less" in absent
    assert made.source_map is not None
    assert json.loads(made.source_map)["sources"][0] == "assets/dyn.less"
    assert find_language("a.less").find_imports(request) == (
        str(tmp_path / "assets/css/v.less"),
        str(tmp_path / "node_modules/pkg/p.less"),
    )


def test_error_is_in_the_imported_file(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    write_tree(
        tmp_path,
        {"assets/a.less": '@import "e";', "assets/e.less": "\n.a {\n  b: @nope;\n}\n"},
    )
    assert errors_of(make_request(tmp_path, "a.less", tools=tools, engine=engine)) == [
        "less/compile: variable @nope is undefined\n  assets/e.less:3:6\n      b: @nope;\n         ^"
    ]


def test_error_is_on_its_line_of_the_entry(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    write_tree(tmp_path, {"assets/a.less": ".a {\n  b: @nope;\n}\n"})
    assert errors_of(make_request(tmp_path, "a.less", tools=tools, engine=engine)) == [
        "less/compile: variable @nope is undefined\n  assets/a.less:2:6\n      b: @nope;\n         ^"
    ]


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


def test_missing_imports_are_all_told(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(
        tmp_path,
        {
            "assets/a.less": '@import "mixns";\n@import (reference) "gone.less";\n',
            "assets/mixins.less": "",
        },
    )
    assert errors_of(make_request(tmp_path, "a.less", tools=tools)) == [
        'import/not-found: cannot find "mixns" to import\n'
        "  assets/a.less:1:9\n"
        '    @import "mixns";\n'
        "            ^^^^^^^\n"
        '  hint: did you mean "mixins"?',
        'import/not-found: cannot find "gone.less" to import\n'
        "  assets/a.less:2:21\n"
        '    @import (reference) "gone.less";\n'
        "                        ^^^^^^^^^^^\n"
        "  hint: looked in the file's folder, the source roots, load-paths and node_modules",
    ]


def test_unclosed_block_is_told_inside_the_file(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(tmp_path, {"assets/a.less": ".a {"})
    assert errors_of(make_request(tmp_path, "a.less", tools=tools)) == [
        "less/compile: Unrecognised input. Possibly missing something\n"
        "  assets/a.less:1:5\n    .a {\n        ^"
    ]


def test_circular_import_ends(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(
        tmp_path,
        {"assets/a.less": '@import "b";\n.a{b:c}', "assets/b.less": '@import "a";\n.b{b:c}'},
    )
    made = compile_file(make_request(tmp_path, "a.less", tools=tools))
    assert made.content.count(b".b {") == 1


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
