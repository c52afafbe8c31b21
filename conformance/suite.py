"""What a conformance suite tells: its cases, and why each failed one failed.

In: cases as they end. Out: a tally, rows of a table. Refuses to know: what is tested.

A suite is a module with TITLE, SOURCE (what others wrote, with its version), KNOWN (glob of a case ->
why it fails and that we leave it so) and ``run(tally)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Protocol

import tinycss2


class Suite(Protocol):
    """A module of this folder."""

    TITLE: str  # what of ours is tried
    SOURCE: str  # whose cases these are, with the version
    KNOWN: Mapping[str, str]  # glob of case names -> reason

    def run(self, tally: Tally) -> None:
        """Try every case."""


@dataclass(slots=True)
class Tally:
    """Counts the cases of one suite."""

    known: Mapping[str, str]  # glob of case names -> reason
    passed: int = 0  # of these
    skipped: dict[str, int] = field(default_factory=dict)  # reason -> cases that say so themselves
    failed: dict[str, list[str]] = field(default_factory=dict)  # reason -> cases
    unexplained: dict[str, str] = field(default_factory=dict)  # case -> what happened

    def check(self, case: str, is_good: bool, detail: str = "", *, reason: str = "") -> None:
        """Count a case; ``reason``: why it failed, where the suite itself can tell."""
        if is_good:
            self.passed += 1
            return
        if reason:
            self.failed.setdefault(reason, []).append(case)
            return
        for pattern, known in self.known.items():
            if fnmatchcase(case, pattern):
                self.failed.setdefault(known, []).append(case)
                return
        self.unexplained[case] = detail

    def skip(self, reason: str) -> None:
        """Count a case that its authors take out."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    @property
    def cases(self) -> int:
        """Return how many were tried."""
        return self.passed + sum(map(len, self.failed.values())) + len(self.unexplained)


def css_values(css: str) -> list[str]:
    """Return the tokens of a style sheet, as another parser (tinycss2) reads them.

    White space, comments and the last semicolon of a block are left out; strings and numbers are
    by value, so that two compilers' spellings are the same.
    """
    return list(_walk(tinycss2.parse_component_value_list(css)))


def _walk(nodes: Sequence[object]) -> Iterator[str]:
    kept = [one for one in nodes if getattr(one, "type", "") not in {"whitespace", "comment"}]
    for one, after in zip_longest(kept, kept[1:]):
        kind = getattr(one, "type", "")
        if kind == "literal" and getattr(one, "value", "") == ";" and after is None:
            continue
        inner = getattr(one, "content", None)
        arguments = getattr(one, "arguments", None)
        if isinstance(inner, list):
            yield kind[0]
            yield from _walk(inner)
            yield "]"
        elif isinstance(arguments, list):
            yield f"{getattr(one, 'lower_name', '')}("
            yield from _walk(arguments)
            yield ")"
        elif kind in {"number", "percentage", "dimension"}:
            value = getattr(one, "value", 0.0)
            yield f"{value:.6g}{getattr(one, 'lower_unit', '%' if kind == 'percentage' else '')}"
        elif kind in {"string", "url"}:
            yield f"{kind} {getattr(one, 'value', '')}"
        elif kind == "hash":
            yield f"#{getattr(one, 'value', '').lower()}"
        else:
            yield f"{getattr(one, 'value', '')}"


def utf16_places(text: str) -> list[int]:
    """Return each offset, and that of the end, in UTF-16 code units, as JavaScript counts."""
    places = [0]
    for char in text:
        places.append(places[-1] + (2 if char > "\uffff" else 1))
    return places


def first_difference(ours: Sequence[str], theirs: Sequence[str]) -> str:
    """Return where two lists part, in a few words."""
    for number, (one, other) in enumerate(zip_longest(ours, theirs)):
        if one != other:
            around = " ".join(theirs[max(0, number - 3) : number])
            return f'after "{around}": "{one}" for "{other}"'[:200]
    return ""
