"""The machine's cores.

In: nothing. Out: a number. Refuses to know: what they are used for.
"""

from __future__ import annotations

import os


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
