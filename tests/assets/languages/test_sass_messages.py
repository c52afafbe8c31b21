"""What @warn and @debug say reaches the user, whatever value it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.assets.languages.sass_messages import inspect_messages
from tests.support.compiling import compile_file, make_request
from tests.support.tree import write_tree


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@warn 2/3;", "0.6666666667"),  # libsass would end the process
        ("@warn (a: 2/3)", "(a: 2/3)"),
        ('@function f() { @return 1 } @warn get-function("f");', 'get-function("f")'),
        ('@warn "it; said"', "it; said"),
        ("@warn it, said;", "it, said"),
        ("a { @warn b }", "b"),
        ("$m: (k: 1px); @warn map-get($m, k) // why\n;", "1px"),
        ('/* @warn "no" */ @warn "#{1 + 1} } {";', "2 } {"),
        ("@warn null", "null"),
    ],
)
def test_a_message_of_any_value_is_told(tmp_path: Path, text: str, told: str) -> None:
    write_tree(tmp_path, {"assets/a.scss": text})
    made = compile_file(make_request(tmp_path, "a.scss"))
    assert [one.message for one in made.diagnostics] == [f"@warn: {told}"]


def test_the_indented_syntax_compiles_and_libsass_prints_its_messages(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_tree(tmp_path, {"assets/a.sass": "@warn 2/3\na\n  b: c\n"})
    made = compile_file(make_request(tmp_path, "a.sass"))
    assert (made.content, made.diagnostics) == (b"a {\n  b: c;\n}\n", ())
    assert capfd.readouterr().err.startswith("WARNING: 2/3\n")


def test_lines_stay_and_names_that_only_begin_so_too() -> None:
    text = "@warning a;\n@debug-x b;\n@warn\n  c;\n"
    assert inspect_messages(text, label=7) == (
        '@warning a;\n@debug-x b;\n@warn "7@24:" + inspect((\n  c));\n'
    )


def test_a_message_is_told_where_it_stands(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/a.scss": '@import "b";\n@include old;\n',
            "assets/_b.scss": '$x: 1;\n@mixin old {\n  @warn "old is old";\n}\n@debug $x;\n',
        },
    )
    made = compile_file(make_request(tmp_path, "a.scss"))
    places = [one.location for one in made.diagnostics if one.location is not None]
    assert [(one.file, one.line, one.column, one.length, one.line_text) for one in places] == [
        ("assets/_b.scss", 3, 3, 5, '  @warn "old is old";'),
        ("assets/_b.scss", 5, 1, 6, "@debug $x;"),
    ]
