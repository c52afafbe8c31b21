"""Budgets of outputs: what is over, what names nothing, what is no size."""

from __future__ import annotations

import pytest

from assetbuild.assets.budget import Contributor, check_budgets, parse_budgets
from assetbuild.assets.model import ManifestEntry
from assetbuild.diagnostics import AssetbuildError
from assetbuild.paths import LogicalPath


def entry(logical: str, size: int) -> ManifestEntry:
    return ManifestEntry(
        logical=LogicalPath(logical),
        hashed=logical,
        sha256="0" * 64,
        size=size,
        media_type="text/javascript",
        integrity="x",
    )


def check(
    table: dict[str, str], *entries: ManifestEntry
) -> list[tuple[str, bool, str, str | None]]:
    parts = [Contributor(name=f"part{size}.js", size=size) for size in (5, 70_000, 20, 900)]
    found = check_budgets(
        parse_budgets(table),
        entries,
        size_as=lambda one, _coding: one.size // 4,
        contributors=lambda _logical: parts,
    )
    return [(one.code, one.is_error, one.message, one.hint) for one in found]


def test_outputs_within_their_budget_say_nothing() -> None:
    assert check({"js/*.js": "90 kB", "js/app.js": "25 kB gzip"}, entry("js/app.js", 90_000)) == []


def test_excess_names_the_biggest_parts() -> None:
    assert check({"js/app.js": "20 kB gzip"}, entry("js/app.js", 100_000)) == [
        (
            "budget/over",
            True,
            '"js/app.js" has 25 kB gzip, over its budget of "20 kB gzip"',
            "the biggest parts: part70000.js (70 kB), part900.js (900 B), part20.js (20 B)",
        )
    ]


def test_budget_that_meets_nothing_is_an_error() -> None:
    (found,) = check({"js/ap.js": "20 kB"}, entry("js/app.js", 1))
    assert found[:2] == ("budget/matches-nothing", True)


def test_every_budget_that_is_no_size_is_told() -> None:
    with pytest.raises(AssetbuildError) as caught:
        parse_budgets({"a": "big", "b": "1 kB lzma", "c": "1 kB"})
    assert [one.message for one in caught.value.diagnostics] == [
        'the budget "big" of "a" is not a size',
        'the budget "1 kB lzma" of "b" is not a size',
    ]
