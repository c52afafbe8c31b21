"""What the disk under a folder still takes.

In: a folder. Out: whether it can be written to, and the room left. Nothing stays there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from assetbuild.scratch import temporary_folder


def try_write(folder: Path | str) -> None:
    """Write a file in a folder and remove it again. Errors: OSError."""
    with temporary_folder(".tmp-room-", parent=folder) as trial:
        (trial / "file").write_bytes(b"x")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRoom:
    """How much more a folder takes."""

    trouble: str | None  # what the system said to a trial write; None: it went well
    free_bytes: int | None  # room for this user; None: not known
    free_inodes: int | None  # files that can be made; None: not known, or no limit


def measure_room(folder: Path | str) -> FolderRoom:
    """Try to write in a folder, or in the nearest one above it that exists; nothing stays there."""
    place = Path(folder)
    while not place.exists() and place != place.parent:
        place = place.parent
    trouble: str | None = None
    free_bytes: int | None = None
    free_inodes: int | None = None
    try:
        status = os.statvfs(place)
        free_bytes = status.f_bavail * status.f_frsize
        free_inodes = status.f_favail if status.f_files else None
        try_write(place)
    except OSError as failure:
        trouble = failure.strerror or str(failure)
    return FolderRoom(trouble=trouble, free_bytes=free_bytes, free_inodes=free_inodes)
