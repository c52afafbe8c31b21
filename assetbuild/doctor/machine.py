"""The machine that builds: room on its disks, folders that can be written, a quick compiler.

In: MachineFacts. Out: a Check. Refuses to know: how they were found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assetbuild.diagnostics import Diagnostic, error, warning
from assetbuild.disk import FolderRoom
from assetbuild.doctor.model import Check
from assetbuild.sizes import format_size

_FULL_BYTES = 100_000_000  # a build of any size fails below it
_LOW_BYTES = 1_000_000_000  # a slug of 500 MB and its archive
_FEW_INODES = 10_000  # node_modules alone has as many files
# from here on starting node once is quicker than the engine inside: 2.5 s for 100 s, measured
# over 525 CoffeeScript files
_MANY_SCRIPTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFact:
    """A folder that a build writes to."""

    role: str  # "cache"
    path: str  # absolute
    room: FolderRoom  # what was found when it was tried


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """What is known of the machine."""

    python: str  # version of the Python that runs us
    node: str | None  # path of node on PATH
    has_v8: bool  # the extra mini-racer is installed
    scripts: int  # sources that a compiler in JavaScript compiles
    folders: tuple[FolderFact, ...]  # those a build writes to; empty: nothing is built here


def check_machine(facts: MachineFacts) -> Check:
    """Tell what keeps builds from working here, or makes them slow."""
    room = min(
        (one.room.free_bytes for one in facts.folders if one.room.free_bytes is not None), default=0
    )
    parts = [f"Python {facts.python}", "node" if facts.node else "no node"]
    if room:
        parts.append(f"{format_size(room)} free")
    findings = [one for folder in facts.folders for one in _judge_folder(folder)]
    if facts.scripts >= _MANY_SCRIPTS and facts.node is None and not facts.has_v8:
        findings.append(
            warning(
                "doctor/no-node",
                f"{facts.scripts} sources are compiled in JavaScript, and there is no node on PATH",
                hint="install node, or: pip install 'assetbuild[mini-racer]'; both compile many times faster",
            )
        )
    return Check(name="machine", told=", ".join(parts), findings=tuple(findings))


def _judge_folder(folder: FolderFact) -> Iterator[Diagnostic]:
    if folder.room.trouble is not None:
        yield error(
            "doctor/unwritable-folder",
            f'the {folder.role} folder "{folder.path}" cannot be written: {folder.room.trouble}',
            hint="set ASSETBUILD_CACHE_DIR to one that can"
            if folder.role == "cache"
            else "let this user write there",
        )
        return
    hint = "make room: assetbuild cache prune --all" if folder.role == "cache" else "make room"
    if folder.room.free_bytes is not None and folder.room.free_bytes < _LOW_BYTES:
        room = format_size(folder.room.free_bytes)
        if folder.room.free_bytes < _FULL_BYTES:
            message = f'the {folder.role} folder "{folder.path}" has {room} left'
            yield error("doctor/disk-full", message, hint=hint)
        else:
            message = f'the {folder.role} folder "{folder.path}" has only {room} left'
            yield warning("doctor/low-disk", message, hint=hint)
    elif folder.room.free_inodes is not None and folder.room.free_inodes < _FEW_INODES:
        yield warning(
            "doctor/low-disk",
            f'the {folder.role} folder "{folder.path}" has room for {folder.room.free_inodes} files only',
            hint=hint,
        )
