"""Processes that a script left behind: found through /proc and ended.

In: process ids. Out: names of what was ended. Refuses to know: why they were started.
A daemon escapes its process group with setsid and its parent with a double fork; as a child
subreaper (prctl(2), PR_SET_CHILD_SUBREAPER) this process becomes its parent instead of init,
so it can be found and waited for. Without Linux's /proc nothing is found, and nothing ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37


@contextlib.contextmanager
def adopted_orphans() -> Iterator[None]:
    """Be the parent of orphaned descendants inside the block; elsewhere than Linux do nothing."""
    was = _read_subreaper()
    if was is None:
        yield
        return
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        _prctl(_PR_SET_CHILD_SUBREAPER, was)


def die_with_parent(parent: int) -> None:
    """Let the kernel end this process when its parent ends, even by a kill; on Linux only."""
    if _read_subreaper() is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it ended before the kernel was asked


def list_children(pid: int) -> frozenset[int]:
    """Return the direct children of a process, zombies included."""
    found: set[int] = set()
    try:
        # a child belongs to the thread that made it; the kernel lists them when it was built so
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found.update(int(one) for one in file.read().split())
    except FileNotFoundError:
        # the process is gone, or the kernel lacks CONFIG_PROC_CHILDREN: our own list tells which
        if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
            return frozenset(child for child, parent in _parents().items() if parent == pid)
    except (OSError, ValueError):
        return frozenset(found)
    return frozenset(found)


def list_descendants(pid: int, *, without: frozenset[int] = frozenset()) -> frozenset[int]:
    """Return all processes below ``pid``, but for the subtrees of ``without``."""
    found: set[int] = set()
    waiting = [one for one in list_children(pid) if one not in without]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(list_children(one))
    return frozenset(found)


def end_strays(known: frozenset[int], *, grace_s: float = 1.0) -> tuple[str, ...]:
    """End every descendant of this process but ``known`` and theirs; return their names, sorted.

    They are asked first (SIGTERM), and killed after ``grace_s`` seconds.
    """
    me = os.getpid()
    names: set[str] = set()
    asked: set[int] = set()
    deadline = time.monotonic() + grace_s
    while True:
        strays = list_descendants(me, without=known)
        alive = {pid: name for pid in strays if (name := _live_name(pid)) is not None}
        for pid in strays:
            _reap(pid)
        if not alive:
            return tuple(sorted(names))
        names |= set(alive.values())
        is_late = time.monotonic() >= deadline
        for pid in alive:
            if is_late or pid not in asked:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL if is_late else signal.SIGTERM)
            asked.add(pid)
        if time.monotonic() >= deadline + grace_s:
            # a process in an uninterruptible wait outlives SIGKILL for a while; do not hang on it
            return tuple(sorted(names))
        time.sleep(0.01)


def _parents() -> dict[int, int]:
    found: dict[int, int] = {}
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    # the name in brackets may hold spaces and brackets itself: cut at the last one
                    status = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2]
                    found[int(name)] = int(status.split()[1])
    return found


def _live_name(pid: int) -> str | None:
    try:
        text = Path("/proc", str(pid), "stat").read_bytes()
    except OSError:
        return None
    head, _, tail = text.rpartition(b")")
    if tail.split()[:1] in ([b"Z"], [b"X"]):
        return None
    return head.partition(b"(")[2].decode("utf-8", "replace")


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _read_subreaper() -> int | None:
    import ctypes  # not on the path of --help

    value = ctypes.c_int(0)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        failed = libc.prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(value), 0, 0, 0)
    except (OSError, AttributeError):
        return None
    return None if failed else value.value


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
