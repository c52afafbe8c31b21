"""Dependencies as JSON rows: each kind comes back, and what is of no such form is told apart."""

from __future__ import annotations

import json

import pytest

from assetbuild.assets.dep_rows import is_dep_row, pack_dep, unpack_dep
from assetbuild.assets.model import AbsentDep, Dep, FileDep, GlobDep, OptionDep, ToolDep

ROWS: list[tuple[Dep, list[str]]] = [
    (FileDep("a.scss", "11"), ["file", "a.scss", "11"]),
    (AbsentDep("a.css"), ["absent", "a.css"]),
    (GlobDep("*.png", "22"), ["glob", "*.png", "22"]),
    (ToolDep("libsass", "3.6"), ["tool", "libsass", "3.6"]),
    (OptionDep("minify", "true"), ["option", "minify", "true"]),
]


@pytest.mark.parametrize(("dep", "row"), ROWS)
def test_each_kind_is_kept_in_its_form_and_comes_back(dep: Dep, row: list[str]) -> None:
    assert pack_dep(dep) == row
    assert is_dep_row(row)
    assert unpack_dep(json.loads(json.dumps(row))) == dep


@pytest.mark.parametrize(
    "row", [None, "file", [], [[]], ["folder", "a"], ["file", "a"], ["absent", "a", "11"]]
)
def test_another_form_is_no_row(row: object) -> None:
    assert not is_dep_row(row)
