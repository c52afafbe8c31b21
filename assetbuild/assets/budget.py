"""Size limits of outputs: read "90 kB gzip", hold outputs against them, name who weighs most.

In: the [budget] table, sizes. Out: diagnostics. Refuses to know: disks, compressors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.model import ManifestEntry
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.globs import compile_glob
from assetbuild.paths import LogicalPath
from assetbuild.sizes import format_size, parse_size

_CODINGS = {"gzip": "gzip", "br": "br", "brotli": "br", "zstd": "zstd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One limit."""

    glob: str  # of logical paths
    limit_bytes: int  # over it is an error
    coding: str | None  # "gzip", "br", "zstd": the limit is of that form; None: of the plain bytes
    text: str  # as the user wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """A source's share of an output."""

    name: str  # logical path or project-relative path of the source
    size: int  # bytes it brought, before minifying


def parse_budgets(table: Mapping[str, str]) -> tuple[Budget, ...]:
    """Return the limits in the order written. Errors: ``budget/not-a-size``."""
    budgets: list[Budget] = []
    problems: list[Diagnostic] = []
    for glob, text in table.items():
        size, _, word = text.strip().rpartition(" ")
        coding = _CODINGS.get(word.lower())
        limit = parse_size(size if coding else text)
        if limit is None:
            problems.append(
                error(
                    "budget/not-a-size",
                    f'the budget "{text}" of "{glob}" is not a size',
                    hint='write for example "90 kB", "90 kB gzip" or "1 MiB br"',
                )
            )
        else:
            budgets.append(Budget(glob=glob, limit_bytes=limit, coding=coding, text=text))
    if problems:
        raise AssetbuildError(*problems)
    return tuple(budgets)


def check_budgets(
    budgets: Sequence[Budget],
    entries: Sequence[ManifestEntry],
    *,
    size_as: Callable[[ManifestEntry, str], int],
    contributors: Callable[[LogicalPath], Sequence[Contributor]],
) -> tuple[Diagnostic, ...]:
    """Return an error for each output over a limit, and for a limit that meets no output.

    ``size_as`` gives the size of an output in a coding; it is asked only where a limit needs it.
    """
    found: list[Diagnostic] = []
    for budget in budgets:
        pattern = compile_glob(budget.glob)
        matched = [one for one in entries if pattern.matches(one.logical)]
        if not matched:
            found.append(
                error(
                    "budget/matches-nothing",
                    f'the budget of "{budget.glob}" meets no output',
                    hint="name an output, or remove the budget",
                )
            )
        for entry in matched:
            size = entry.size if budget.coding is None else size_as(entry, budget.coding)
            if size > budget.limit_bytes:
                found.append(_tell_excess(budget, entry, size, contributors(entry.logical)))
    return tuple(found)


def _tell_excess(
    budget: Budget, entry: ManifestEntry, size: int, contributors: Sequence[Contributor]
) -> Diagnostic:
    coding = f" {budget.coding}" if budget.coding else ""
    biggest = sorted(contributors, key=lambda one: (-one.size, one.name))[:3]
    listed = ", ".join(f"{one.name} ({format_size(one.size)})" for one in biggest)
    return error(
        "budget/over",
        f'"{entry.logical}" has {format_size(size)}{coding}, over its budget of "{budget.text}"',
        hint=f"the biggest parts: {listed}" if listed else None,
    )
