"""A measured ratio against a peer, and the table of them.

In: two amounts of the same thing, measured in the same run. Out: a row of a table.
Refuses to know: how they were measured.

A benchmark module has ``ratios() -> Iterator[Ratio]``; it yields each as soon as it is measured and
raises Missing when the machine lacks what it needs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass

HEAD = "| what | assetbuild | peer | | ratio | target |\n|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """What one thing costs here and at a peer."""

    what: str  # the work, as the table names it
    ours: float  # in ``unit``
    peer: float  # in ``unit``, more than 0
    peer_name: str  # program and version, or what of it was run
    unit: str = "s"  # "s", "MB", "bytes", "requests/s"
    target: float | None = None  # the bound promised for ours / peer; None: none was
    is_more_better: bool = False  # the target is the least ratio, not the greatest

    @property
    def value(self) -> float:
        """Return ours / peer."""
        return self.ours / self.peer

    @property
    def is_met(self) -> bool:
        """Tell whether the target is met; without one it is."""
        if self.target is None:
            return True
        return self.value >= self.target if self.is_more_better else self.value <= self.target


class Missing(Exception):
    """The machine lacks what a benchmark needs; the message says what."""


def need_program(name: str) -> str:
    """Return the path of a program on PATH, or where Debian puts servers. Errors: Missing."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if found is None:
        raise Missing(f"needs {name} on PATH")
    return found


def format_row(one: Ratio) -> str:
    """Return the line of the table."""
    target = ""
    if one.target is not None:
        sign = "≥" if one.is_more_better else "≤"
        target = f"{sign} {one.target:g}{'' if one.is_met else ', **missed**'}"
    amounts = f"{_amount(one.ours)} {one.unit} | {_amount(one.peer)} {one.unit}"
    return f"| {one.what} | {amounts} | {one.peer_name} | {one.value:.2f} | {target} |"


def print_table(rows: Iterable[Ratio]) -> bool:
    """Print the rows as they come; tell whether every target was met."""
    print(HEAD, flush=True)
    met = True
    for one in rows:
        print(format_row(one), flush=True)
        met = met and one.is_met
    return met


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
