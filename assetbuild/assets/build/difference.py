"""How the disk differs from what the last build saw, by stat alone where times can be trusted.

In: a snapshot. Out: nothing, or the first difference in words; and where the bytes of known files
are all that differs, which files. Content is read only where a time changed or is too young.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from assetbuild.assets.build.state import Snapshot, Stamp, is_settled, stamp_of, stat_output
from assetbuild.files import hash_file
from assetbuild.walking import digest_listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is not as the last build saw it."""

    reason: str  # the first that differs, in words
    changed: tuple[str, ...] = ()  # absolute files of other bytes, if that is all; () if it is not
    seen: Snapshot | None = None  # the snapshot as of now, but for what changed; None as above


def find_difference(snapshot: Snapshot, stamp: Mapping[str, str]) -> Difference | None:
    """Return how the disk differs from the snapshot, or None.

    Stats every input, folder and output; reads only files whose times changed or are too young.
    """
    taken_ns = time.time_ns()
    folders: dict[str, tuple[int, int, str]] = {}
    reason = next(_find_larger(snapshot, stamp, folders), None)
    if reason is not None:
        return Difference(reason=reason)
    changed: list[str] = []
    files: dict[str, tuple[Stamp, str]] = {}
    stat = os.stat
    for path, (known, sha256) in snapshot.files.items():
        try:
            found = stamp_of(stat(path))
            if found == known and is_settled(known, snapshot.taken_ns):
                continue
            if found[0] != known[0] or hash_file(path) != sha256:
                changed.append(path)
            else:
                files[path] = (found, sha256)
        except OSError:
            return Difference(reason=f'"{path}" is gone')
    reason = next(_find_moved_outputs(snapshot), None)
    if reason is not None:
        first = f'"{changed[0]}" was changed' if changed else reason
        return Difference(reason=first)
    if not changed:
        return None
    seen = replace(
        snapshot,
        taken_ns=taken_ns,
        files={**snapshot.files, **files},
        folders={**snapshot.folders, **folders},
    )
    return Difference(
        reason=f'"{changed[0]}" was changed', changed=tuple(sorted(changed)), seen=seen
    )


def _find_larger(
    snapshot: Snapshot, stamp: Mapping[str, str], folders: dict[str, tuple[int, int, str]]
) -> Iterator[str]:
    """Yield what differs of tools, options, folders and absent files; collect folders relisted."""
    for name in sorted(snapshot.stamp.keys() | stamp.keys()):
        if snapshot.stamp.get(name) != stamp.get(name):
            yield f"{name} is another"
    for path, known in snapshot.folders.items():
        mtime_ns, inode, names = known
        try:
            status = os.stat(path)
            is_same = status.st_mtime_ns == mtime_ns and status.st_ino == inode
            if is_same and is_settled((0, mtime_ns, 0, 0), snapshot.taken_ns):
                continue
            # an editor's save may put a new file in the place of the old one
            if names and digest_listing(path) == names:
                folders[path] = (status.st_mtime_ns, status.st_ino, names)
                continue
        except OSError:
            yield f'the folder "{path}" is gone'
            continue
        if is_same:
            yield f'the folder "{path}" changed while it was listed'
        yield f'the folder "{path}" has other entries'
    for path in snapshot.absent:
        if os.path.lexists(path):
            yield f'"{path}" is there now'


def _find_moved_outputs(snapshot: Snapshot) -> Iterator[str]:
    for path, known in snapshot.outputs.items():
        try:
            is_same = stat_output(path) == known
        except OSError:
            yield f'the output "{path}" is gone'
            continue
        if not is_same:
            yield f'the output "{path}" was changed'
