"""What the last build of an output folder saw, so that the next one can tell that nothing changed.

In: paths that a build read, looked for, listed or wrote. Out: a snapshot on disk, and back.
A lost or damaged state is only a slower build. Refuses to know: what the files are for, and
whether it all still holds (difference.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetbuild import __version__
from assetbuild.digests import digest_parts
from assetbuild.files import atomic_write
from assetbuild.jsontype import Json, parse_json

_FORMAT = 2
_NAME = "state.json"
# a file changed within this time of being looked at may change again without a new mtime
_FINE_MARGIN_NS = 50_000_000
_COARSE_MARGIN_NS = 2_000_000_000  # where the file system keeps whole seconds

Stamp = tuple[int, int, int, int]
"""Size, mtime_ns, inode, ctime_ns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a build saw and made."""

    stamp: Mapping[str, str]  # versions and options that would make another build
    taken_ns: int  # clock when the build began to look
    files: Mapping[str, tuple[Stamp, str]]  # absolute input -> stamp, sha256
    absent: tuple[str, ...]  # absolute paths that were looked for and not there
    folders: Mapping[str, tuple[int, int, str]]
    """Absolute folder -> mtime_ns, inode, digest_listing ("": any change of its times counts)."""
    outputs: Mapping[str, tuple[int, int, int]]  # absolute output -> size, mtime_ns, inode
    facts: Json = field(default=None)  # what the builder wants back: diagnostics, counts, ledger


def stamp_of(status: os.stat_result) -> Stamp:
    """Return what a stat says of a file's content."""
    return (status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)


def stat_output(path: str) -> tuple[int, int, int]:
    """Return size, mtime_ns and inode of an output. Errors: OSError."""
    status = os.stat(path)
    return (status.st_size, status.st_mtime_ns, status.st_ino)


def is_settled(stamp: Stamp, looked_ns: int) -> bool:
    """Tell whether a stamp taken at ``looked_ns`` would differ after any later change."""
    newest = max(stamp[1], stamp[3])
    margin = _COARSE_MARGIN_NS if newest % 1_000_000_000 == 0 else _FINE_MARGIN_NS
    return newest + margin < looked_ns


class StateFile:
    """The state of one output folder of one project."""

    def __init__(self, cache_dir: Path, project: Path, output: Path) -> None:
        name = digest_parts("state", [os.path.realpath(project), os.path.realpath(output)])[:24]
        self.folder = cache_dir / "projects" / name
        self._path = self.folder / _NAME
        self._pending = self.folder / "pending.json"
        self._records = self.folder / "records.json"
        self._texts = self.folder / "texts.json"
        self._survey = self.folder / "survey.json"
        self._loaded: tuple[Stamp, Snapshot] | None = None  # what load() read last, and when

    def load(self) -> Snapshot | None:
        """Return the last snapshot, or None when there is none that can be read."""
        try:
            stamp = stamp_of(os.stat(self._path))
            if self._loaded is not None and self._loaded[0] == stamp:
                return self._loaded[1]  # no other build ended in between
            document = parse_json(self._path.read_bytes())
            if document["format"] != _FORMAT:
                return None
            snapshot = _parse(document)
            self._loaded = (stamp, snapshot)
            return snapshot
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, snapshot: Snapshot) -> None:
        """Write a snapshot. Errors: OSError."""
        document = {
            "format": _FORMAT,
            "stamp": dict(snapshot.stamp),
            "taken_ns": snapshot.taken_ns,
            "files": {path: [*stamp, sha] for path, (stamp, sha) in snapshot.files.items()},
            "absent": list(snapshot.absent),
            "folders": snapshot.folders,
            "outputs": snapshot.outputs,
            "facts": snapshot.facts,
        }
        data = json.dumps(document, separators=(",", ":"), ensure_ascii=True).encode()
        atomic_write(self._path, data, mode=0o600)
        # a watcher's next build need not read it again
        self._loaded = (stamp_of(os.stat(self._path)), snapshot)

    def note_pending(self, names: Sequence[str]) -> None:
        """Remember output files about to be made, so that a killed build's can be removed."""
        with contextlib.suppress(OSError):
            atomic_write(self._pending, json.dumps([*self.read_pending(), *names]).encode())

    def read_pending(self) -> list[str]:
        """Return what builds that did not end were about to make."""
        try:
            names = parse_json(self._pending.read_bytes())
        except (OSError, ValueError):
            return []
        return [str(one) for one in names] if isinstance(names, list) else []

    def clear_pending(self) -> None:
        """Forget them: the build ended."""
        with contextlib.suppress(OSError):
            self._pending.unlink(missing_ok=True)

    def read_records(self) -> bytes:
        """Return the records that the last build kept; empty when there are none."""
        return _read_if_there(self._records)

    def save_records(self, data: bytes) -> None:
        """Write the records; a file of their own, which a build with nothing to do never reads."""
        atomic_write(self._records, data, mode=0o600)

    def read_texts(self) -> bytes:
        """Return the pack of small texts that the last build kept; empty when there is none."""
        return _read_if_there(self._texts)

    def save_texts(self, data: bytes) -> None:
        """Write the pack of small texts. Errors: OSError."""
        atomic_write(self._texts, data, mode=0o600)

    def read_survey(self) -> bytes:
        """Return the survey that the last build kept; empty when there is none."""
        return _read_if_there(self._survey)

    def save_survey(self, data: bytes) -> None:
        """Write a survey; a file of its own, as the records are. Errors: OSError."""
        atomic_write(self._survey, data, mode=0o600)


def _read_if_there(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _parse(document: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        stamp=document["stamp"],
        taken_ns=document["taken_ns"],
        files={
            path: ((row[0], row[1], row[2], row[3]), row[4])
            for path, row in document["files"].items()
        },
        absent=tuple(document["absent"]),
        folders={path: (row[0], row[1], row[2]) for path, row in document["folders"].items()},
        outputs={path: (row[0], row[1], row[2]) for path, row in document["outputs"].items()},
        facts=document["facts"],
    )


# variables of the release phase: they change no output, and may hold a secret
_PUBLISHING = ("ASSETBUILD_S3_", "ASSETBUILD_CLOUDFRONT_")


def stamp_tools(env: Mapping[str, str]) -> dict[str, str]:
    """Return what tells that the programs which build are others than last time.

    Installing or upgrading a distribution changes the time of its site-packages folder; a
    program that comes or goes on PATH changes what that name finds.
    """
    stamp = {"assetbuild": __version__, "python": sys.version}
    for folder in sys.path:
        if folder.endswith(("site-packages", "dist-packages")) and os.path.isdir(folder):
            stamp[f"packages {folder}"] = str(os.stat(folder).st_mtime_ns)
    stamp["program node"] = _find_program("node", env.get("PATH", ""))
    for name in sorted(env):
        if name.startswith("ASSETBUILD_") and not name.startswith(_PUBLISHING):
            stamp[f"variable {name}"] = env[name]
    return stamp


def _find_program(name: str, search: str) -> str:
    for folder in search.split(os.pathsep):
        try:
            status = os.stat(os.path.join(folder, name))
        except OSError:
            continue
        return f"{folder}/{name} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
    return ""
