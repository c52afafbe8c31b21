"""What a slug holds: its files by pack and folder, the biggest, the same ones twice, its budget.

In: a folder and whose its files are. Out: a SlugReport and its text.
Refuses to know: how the slug was built.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.buildpacks.owners import find_owner
from assetbuild.files import hash_file
from assetbuild.jsontype import Json
from assetbuild.sizes import format_size

HARD_LIMIT_MB = 500  # compressed; the platform refuses more
_DUPLICATE_BYTES = 4096  # smaller files are not worth a line
_SHOWN = 10  # lines of each list


@dataclass(frozen=True, slots=True, kw_only=True)
class SlugFile:
    """A file, symlink or folder of a slug."""

    path: str  # relative, posix
    mode: int  # st_mode
    size: int  # bytes; 0 for folders and symlinks
    inode: tuple[int, int]  # device and inode: hard links share it


@dataclass(frozen=True, slots=True, kw_only=True)
class SlugReport:
    """Sizes of a slug, in bytes; every list is sorted, largest first."""

    total: int  # of all files
    compressed: int  # of the tar.gz
    files: int  # how many
    by_owner: tuple[tuple[str, int], ...]  # pack -> bytes
    by_folder: tuple[tuple[str, int], ...]  # folder, two levels deep at most -> bytes
    biggest: tuple[tuple[str, int], ...]  # file -> bytes
    duplicates: tuple[tuple[tuple[str, ...], int], ...]  # paths of equal content -> bytes wasted
    odd: tuple[str, ...]  # sockets, pipes and devices, which no slug can hold
    budget: int  # bytes, compressed

    @property
    def is_over(self) -> bool:
        return self.compressed > self.budget


def list_slug(root: Path) -> Iterator[SlugFile]:
    """Yield all below a folder, folders before what they hold, sorted by name; links not followed."""
    yield from _list(str(root), "")


def report_slug(
    root: Path, owners: Mapping[str, str], *, compressed: int, budget: int
) -> SlugReport:
    """Measure a slug; only files of equal size are read, to find the same content twice."""
    everything = list(list_slug(root))
    files = [one for one in everything if stat.S_ISREG(one.mode)]
    by_owner: Counter[str] = Counter()
    by_folder: Counter[str] = Counter()
    for one in files:
        by_owner[find_owner(one.path, owners)] += one.size
        by_folder["/".join(one.path.split("/")[:-1][:2]) or "."] += one.size
    return SlugReport(
        total=sum(one.size for one in files),
        compressed=compressed,
        files=len(files),
        by_owner=_largest(by_owner),
        by_folder=_largest(by_folder)[:_SHOWN],
        biggest=_largest({one.path: one.size for one in files})[:_SHOWN],
        duplicates=tuple(find_duplicates(root, files))[:_SHOWN],
        odd=tuple(one.path for one in everything if not _is_kept(one.mode)),
        budget=budget,
    )


def find_duplicates(root: Path, files: list[SlugFile]) -> list[tuple[tuple[str, ...], int]]:
    """Return groups of files of equal content with the bytes that all but one waste."""
    by_size: dict[int, list[SlugFile]] = {}
    for one in files:
        if one.size >= _DUPLICATE_BYTES:
            by_size.setdefault(one.size, []).append(one)
    found: list[tuple[tuple[str, ...], int]] = []
    for size, group in by_size.items():
        if len({one.inode for one in group}) < 2:
            continue
        by_digest: dict[str, dict[tuple[int, int], str]] = {}
        for one in group:
            digest = hash_file(root / one.path)
            by_digest.setdefault(digest, {}).setdefault(one.inode, one.path)
        found += [
            (tuple(sorted(same.values())), size * (len(same) - 1))
            for same in by_digest.values()
            if len(same) > 1
        ]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def render_slug_report(report: SlugReport) -> str:
    """Return the report for people."""
    verdict = "over" if report.is_over else "within"
    lines = [
        f"{report.files} files, {format_size(report.total)}, "
        f"{format_size(report.compressed)} compressed: "
        f"{verdict} the budget of {format_size(report.budget)}",
    ]
    for title, rows in (
        ("by pack", report.by_owner),
        ("by folder", report.by_folder),
        ("biggest files", report.biggest),
    ):
        lines += [f"{title}:", *(f"  {format_size(size):>9}  {name}" for name, size in rows)]
    if report.duplicates:
        lines.append("the same content more than once:")
        for paths, size in report.duplicates:
            more = [f"and {len(paths) - 4} more"] if len(paths) > 4 else []
            sizes = [format_size(size)] + [""] * 4
            shown = zip(sizes, [*paths[:4], *more], strict=False)
            lines += [f"  {text:>9}  {path}" for text, path in shown]
    if report.odd:
        lines.append(f"left out of a tar (no files): {', '.join(report.odd)}")
    return "\n".join(lines)


def dump_slug_report(report: SlugReport) -> dict[str, Json]:
    """Return the report as JSON."""
    return {
        "files": report.files,
        "bytes": report.total,
        "compressed_bytes": report.compressed,
        "budget_bytes": report.budget,
        "over": report.is_over,
        "by_pack": dict(report.by_owner),
        "by_folder": dict(report.by_folder),
        "biggest": dict(report.biggest),
        "duplicates": [
            {"paths": [*paths], "wasted_bytes": size} for paths, size in report.duplicates
        ],
        "odd": [*report.odd],
    }


def _largest(sizes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(sizes.items(), key=lambda one: (-one[1], one[0])))


def _is_kept(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)


def _list(folder: str, prefix: str) -> Iterator[SlugFile]:
    with os.scandir(folder) as scanned:
        entries = sorted(scanned, key=lambda entry: entry.name)
    for entry in entries:
        status = entry.stat(follow_symlinks=False)
        is_file = stat.S_ISREG(status.st_mode)
        yield SlugFile(
            path=prefix + entry.name,
            mode=status.st_mode,
            size=status.st_size if is_file else 0,
            inode=(status.st_dev, status.st_ino),
        )
        if stat.S_ISDIR(status.st_mode):
            yield from _list(entry.path, f"{prefix}{entry.name}/")
