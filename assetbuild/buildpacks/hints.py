"""What may be behind a script that failed, where the machine tells more than the script does.

In: a pack, its Workplace, the last lines of the script. Out: a hint, or None. Reads disks and the
pack's own scripts; changes nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from assetbuild.buildpacks.chain import ChainPack
from assetbuild.buildpacks.environment import PLATFORM_HOME
from assetbuild.buildpacks.run import Workplace

_FULL_BYTES = 1_048_576  # a disk with less left is full
_READ_BYTES = 1_048_576  # of a script: more is no text


def find_hint(pack: ChainPack, place: Workplace, tail: Sequence[str]) -> str | None:
    """Return the likeliest reason for a failure, as a hint, or None."""
    return find_full_disk(place) or find_busy_mount(place, tail) or find_missing_home(pack, place)


def find_full_disk(place: Workplace) -> str | None:
    """Return a hint where the disk of one of the folders is full."""
    for what, folder in (
        ("CACHE_DIR", place.cache_dir),
        ("BUILD_DIR", place.build_dir),
        ("TMPDIR", place.work_dir),
    ):
        if folder.is_dir() and shutil.disk_usage(folder).free < _FULL_BYTES:
            return f'the disk that holds {what} ("{folder}") is full: free some space'
    return None


def find_busy_mount(place: Workplace, tail: Sequence[str]) -> str | None:
    """Return a hint where a script could not remove BUILD_DIR itself, which a sandbox mounts."""
    if place.sandbox is None or not any("resource busy" in line for line in tail):
        return None
    return (
        f'it removes "{place.seen_dir}" itself, which is a mount in an isolated build; '
        "build with --no-isolate, or give its folder to the packs as dir instead"
    )


def find_missing_home(
    pack: ChainPack, place: Workplace, *, home: Path = Path(PLATFORM_HOME)
) -> str | None:
    """Return a hint where a pack names /app in its scripts and there is none (rule 7)."""
    if (place.sandbox is not None and place.sandbox.home) or home.is_dir():
        return None
    folder = pack.root / "bin"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and b"/app" in path.read_bytes()[:_READ_BYTES]:
            return (
                "its scripts name /app, which this machine lacks: build as root or in a container"
            )
    return None
