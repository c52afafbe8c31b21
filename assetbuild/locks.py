"""Exclusive locks between processes; the kernel frees them when their holder is killed.

In: the path of a lock file, or a folder. Out: a block that one process at a time is in.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def hold_lock(path: Path | str, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold an exclusive lock on a lock file until the block ends; the kernel frees it on a kill.

    ``on_wait`` is called once when another process holds it.
    """
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "ab") as file:
        _take_lock(file.fileno(), on_wait)
        yield


@contextlib.contextmanager
def hold_folder_lock(
    folder: Path | str, *, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold an exclusive lock on a folder itself, so that no lock file lies in it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _take_lock(handle, on_wait)
        yield
    finally:
        os.close(handle)


def _take_lock(handle: int, on_wait: Callable[[], None] | None) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if on_wait is not None:
            on_wait()
        fcntl.flock(handle, fcntl.LOCK_EX)
