"""Nearest names for hints: a misspelt key, file or command meets what exists."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def find_nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like ``name``, or None when nothing is close enough.

    A difference of case alone always matches. Ties go to the first in sorted order.
    """
    ordered = sorted(set(candidates))
    folded = name.casefold()
    for candidate in ordered:
        if candidate.casefold() == folded:
            return candidate
    matches = difflib.get_close_matches(name, ordered, n=1, cutoff=0.6)
    return matches[0] if matches else None
