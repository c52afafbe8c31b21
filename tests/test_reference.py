"""The generated pages are true, and every diagnostic code is declared and used."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.reference import PAGES, ROOT, collect_codes

MAKERS = {"error", "warning"}


@pytest.mark.parametrize("page", PAGES)
def test_generated_page_is_up_to_date(page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page](), "run `make reference`"


def strings_of(path: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_code_raised_is_declared() -> None:
    declared = collect_codes()
    for path in sorted((ROOT / "assetbuild").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            first = node.args[0] if node.args else None
            if node.func.id in MAKERS and isinstance(first, ast.Constant):
                assert first.value in declared, f"{path}:{node.lineno}"


def test_every_declared_code_is_used() -> None:
    used: set[str] = set()
    for path in (ROOT / "assetbuild").rglob("*.py"):
        if path.name != "codes.py":
            used |= strings_of(path)
    assert collect_codes().keys() - used == set()
