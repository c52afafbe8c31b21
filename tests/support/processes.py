"""Processes that a test started and does not own: whether they live, and to wait until they do not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

LIMIT_S = 60.0  # far above what anything here takes; only what is broken waits for it


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, which a busy machine may take a while for."""
    ends = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.01)


def wait_until_ended(pid: int) -> None:
    """Wait until a process that was killed is gone."""
    wait_for(lambda: not is_alive(pid))
