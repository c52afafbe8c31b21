"""Python of apps: what cannot be parsed is no tree, and what warns is no trouble of ours."""

from __future__ import annotations

import ast

import pytest

from assetbuild.python_source import name_function, parse_python


@pytest.mark.parametrize("text", ["x = (", "\0", "[" * 20_000], ids=["cut off", "NUL", "deep"])
def test_what_cannot_be_parsed_has_no_tree(text: str) -> None:
    assert parse_python(text) is None


def test_warnings_of_an_apps_own_code_are_not_ours(recwarn: pytest.WarningsRecorder) -> None:
    tree = parse_python('PATTERN = "\\d"\n')
    assert tree is not None and len(tree.body) == 1
    assert not recwarn.list


@pytest.mark.parametrize(
    ("call", "name"), [("f()", "f"), ("a.b.f()", "f"), ("f()()", ""), ("f[0]()", "")]
)
def test_the_last_part_names_what_is_called(call: str, name: str) -> None:
    parsed = ast.parse(call, mode="eval").body
    assert isinstance(parsed, ast.Call)
    assert name_function(parsed.func) == name
