"""Packages as an app would lay them: they build, and another parser finds every reference."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.trees import TREES, build
from conformance.suite import Tally

TITLE = "Real trees build, twice, and name only what is there"
SOURCE = "npm and PyPI: " + ", ".join(one.name for one in TREES)
KNOWN: Mapping[str, str] = {}


def run(tally: Tally) -> None:
    """Build each tree."""
    for tree in TREES:
        one = build(tree)
        tally.check(f"{one.name}: builds", one.exit_code == 0, one.first_error)
        tally.check(f"{one.name}: references", not one.broken, ", ".join(one.broken[:5]))
