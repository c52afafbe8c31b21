"""Tell when files change: the port that --watch and the dev server wait at.

In: files and folders. Out: batches of paths that changed, in bursts put together.
Refuses to know: what a change means. watchfiles does the waiting where it is installed; a scan
does it elsewhere (network file systems, where no notification arrives, take WATCHFILES_FORCE_POLLING).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator

_SETTLE_S = 0.03  # a save is several events: write, rename, chmod
_POLL_S = 0.3  # a scan of 5,000 files takes 14 ms, so this costs 5 % of a core

_CLOCK_MARGIN_NS = 20_000_000  # file systems stamp by a clock that ticks each 1 to 10 ms

# a checkout's own, packages, what builds keep
_NOISE = frozenset({".git", "node_modules", ".assetbuild"})

Snapshot = dict[str, tuple[int, int, int]]


def watch_paths(
    paths: Callable[[], Iterable[str]],
    *,
    stop: threading.Event,
    is_ignored: Callable[[str], bool] = lambda _path: False,
    is_polling: bool = False,
    since_ns: int | None = None,
) -> Iterator[frozenset[str]]:
    """Yield a set of changed paths after each burst of changes, until ``stop`` is set.

    ``paths`` is asked again before each wait, because a build finds new files to watch. A set may
    be empty: something may have changed that no event told (a folder made a moment ago is not
    watched yet when its first file is written), so every batch is followed by one scan. What changed
    after ``since_ns`` (clock), when the caller last looked by itself, comes first.
    """
    wait = _wait_polling if is_polling or not _has_watchfiles() else _wait_watchfiles
    before = scan_paths(paths(), is_ignored)
    if since_ns is not None and _has_younger(before, since_ns - _CLOCK_MARGIN_NS):
        yield frozenset()
    while not stop.is_set():
        told = wait(tuple(paths()), before, stop, is_ignored)
        if told is None:
            continue
        after = scan_paths(paths(), is_ignored)
        changed = told | diff_snapshots(before, after)
        before = after
        if changed:
            yield frozenset(changed)


def is_noise(path: str, *, project: str, output: str) -> bool:
    """Tell whether a change there is no source's: of the output, of packages, an editor's backup.

    All are absolute; ``output`` is empty while it is not known.
    """
    if path.endswith("~") or (output and f"{path}{os.sep}".startswith(output + os.sep)):
        return True
    # the project itself may lie in a folder of such a name
    return not _NOISE.isdisjoint(path.removeprefix(project).split(os.sep))


def scan_paths(paths: Iterable[str], is_ignored: Callable[[str], bool]) -> Snapshot:
    """Return what a stat says of every file below the paths: path -> (mtime, size, inode)."""
    found: Snapshot = {}
    pending = list(paths)
    while pending:
        path = pending.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if is_ignored(entry.path):
                        continue
                    if entry.is_dir():
                        # a link to a folder is not followed: it may lead in a circle
                        if not entry.is_symlink():
                            pending.append(entry.path)
                    else:
                        _note(found, entry.path)
        except NotADirectoryError:
            _note(found, path)
        except OSError:
            continue
    return found


def _note(found: Snapshot, path: str) -> None:
    try:
        status = os.stat(path)
    except OSError:
        return
    found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)


def _has_younger(snapshot: Snapshot, since_ns: int) -> bool:
    if any(mtime_ns >= since_ns for mtime_ns, _size, _inode in snapshot.values()):
        return True
    # where a file went, its folder tells
    for folder in {os.path.dirname(path) for path in snapshot}:
        try:
            if os.stat(folder).st_mtime_ns >= since_ns:
                return True
        except OSError:
            return True
    return False


def diff_snapshots(before: Snapshot, after: Snapshot) -> set[str]:
    """Return the paths that are new, gone or different."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _has_watchfiles() -> bool:
    try:
        import watchfiles  # optional: the "watch" extra
    except ImportError:
        return False
    return bool(watchfiles)


def _wait_watchfiles(
    paths: tuple[str, ...],
    before: Snapshot,
    stop: threading.Event,
    is_ignored: Callable[[str], bool],
) -> set[str] | None:
    import watchfiles  # optional: the "watch" extra

    existing = [path for path in paths if os.path.exists(path)]
    # what changed while the last batch was worked on is not told by events that start now
    if missed := diff_snapshots(before, scan_paths(paths, is_ignored)):
        return missed
    if not existing:
        return _wait_polling(paths, before, stop, is_ignored)
    for batch in watchfiles.watch(
        *existing,
        watch_filter=lambda _change, path: not is_ignored(path),
        debounce=int(_SETTLE_S * 1000),
        step=10,
        stop_event=stop,
        rust_timeout=1000,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        return {path for _change, path in batch} if batch else None
    return None


def _wait_polling(
    paths: tuple[str, ...],
    before: Snapshot,
    stop: threading.Event,
    is_ignored: Callable[[str], bool],
) -> set[str] | None:
    while not stop.wait(_POLL_S):
        changed = diff_snapshots(before, scan_paths(paths, is_ignored))
        if changed:
            stop.wait(_SETTLE_S)
            return changed
    return None
