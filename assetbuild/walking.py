"""What lies below a folder, in a fixed order, with what a stat says of it.

In: a folder. Out: sorted listings. Refuses to know: what the files mean, and to change anything.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assetbuild.digests import digest_parts


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A regular file met by walk_files, with what a stat says of it."""

    relative: str  # posix path below the walked root, in the spelling of the disk
    path: str  # where to open it
    size: int  # bytes
    mtime_ns: int  # modification time, nanoseconds
    inode: int  # inode number
    ctime_ns: int  # change time of the inode, nanoseconds: catches edits that restore mtime
    is_symlink: bool  # the last part is a symlink (to a file)


def walk_files(
    root: Path | str, *, skip_folder: Callable[[str], bool] | None = None
) -> Iterator[FoundFile]:
    """Yield every regular file below ``root``, sorted by relative path within each folder.

    Symlinks to files are followed and marked; symlinks to folders are followed unless they lead
    to a folder above themselves. Dangling links and special files are left out; find them with
    find_odd_links. ``skip_folder`` gets the relative path of a folder.
    """
    yield from _walk(str(root), "", skip_folder, (os.path.realpath(root),))


def _walk(
    folder: str,
    prefix: str,
    skip_folder: Callable[[str], bool] | None,
    above: tuple[str, ...],
) -> Iterator[FoundFile]:
    with os.scandir(folder) as scanned:
        entries = sorted(scanned, key=lambda entry: entry.name)
    for entry in entries:
        relative = prefix + entry.name
        try:
            if entry.is_dir():
                if skip_folder is not None and skip_folder(relative):
                    continue
                inside = above
                if entry.is_symlink():
                    real = os.path.realpath(entry.path)
                    if _is_above(real, above):
                        continue
                    inside = (*above, real)
                yield from _walk(entry.path, relative + "/", skip_folder, inside)
                continue
            status = entry.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield _describe(entry, relative, status)


def _is_above(real: str, above: tuple[str, ...]) -> bool:
    """Tell whether a link leads to a folder that it lies in: to follow it would never end."""
    return any(real == one or one.startswith(real + os.sep) for one in above)


def _describe(entry: os.DirEntry[str], relative: str, status: os.stat_result) -> FoundFile:
    return FoundFile(
        relative=relative,
        path=entry.path,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        inode=status.st_ino,
        ctime_ns=status.st_ctime_ns,
        is_symlink=entry.is_symlink(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFolder:
    """A folder met by scan_tree; its times change when an entry comes or goes."""

    path: str  # where it is
    mtime_ns: int  # modification time, nanoseconds
    inode: int  # inode number
    names: str  # digest_listing of it; its times are those from before it was listed


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLink:
    """A symlink that scan_tree did not follow."""

    relative: str  # posix path below the scanned root
    target: str  # where it really leads, absolute
    is_dangling: bool  # nothing is there; False: it leads out of what may be followed


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedTree:
    """Everything below a folder."""

    files: tuple[FoundFile, ...]  # sorted by relative path within each folder
    folders: tuple[FoundFolder, ...]  # every folder that was listed, the root first
    links: tuple[FoundLink, ...]  # symlinks that were left out


def scan_tree(
    root: Path | str,
    *,
    skip: Callable[[str, str], bool],
    follows: Callable[[str], bool],
) -> ScannedTree:
    """Return every regular file and every folder below ``root``, and the links left out.

    ``skip`` gets the relative path and the absolute path of each entry, file or folder. ``follows``
    gets the real path a symlink leads to. A loop of links is left out silently. Errors: OSError
    for a folder that cannot be listed.
    """
    files: list[FoundFile] = []
    folders: list[FoundFolder] = []
    links: list[FoundLink] = []

    def visit(folder: str, prefix: str, above: tuple[str, ...]) -> None:
        status = os.stat(folder)
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
        folders.append(
            FoundFolder(
                path=folder,
                mtime_ns=status.st_mtime_ns,
                inode=status.st_ino,
                names=_digest_entries(entries),
            )
        )
        for entry in entries:
            relative = prefix + entry.name
            if skip(relative, entry.path):
                continue
            inside = above
            is_symlink = entry.is_symlink()
            if is_symlink:
                real = os.path.realpath(entry.path)
                is_dangling = not os.path.exists(real)
                if is_dangling or not follows(real):
                    links.append(FoundLink(relative=relative, target=real, is_dangling=is_dangling))
                    continue
                if _is_above(real, above):
                    continue
                inside = (*above, real)
            if entry.is_dir():
                visit(entry.path, relative + "/", inside)
                continue
            found = entry.stat()
            if stat.S_ISREG(found.st_mode):
                files.append(_describe(entry, relative, found))

    visit(str(root), "", (os.path.realpath(root),))
    return ScannedTree(files=tuple(files), folders=tuple(folders), links=tuple(links))


def is_leaving(name: str) -> bool:
    """Tell whether a name is what editors and systems leave beside files: hidden, or a backup."""
    # .well-known is kept: RFC 8615 defines it, and apps must serve it
    return (name.startswith(".") and name != ".well-known") or name.endswith("~")


def digest_listing(folder: str) -> str:
    """Return a digest of what lies in a folder: names and kinds, links with where they lead.

    Leavings are not counted, so that an editor's save, which puts a new file in the place of the
    old one, is no other listing. Errors: OSError.
    """
    with os.scandir(folder) as scanned:
        return _digest_entries(sorted(scanned, key=lambda entry: entry.name))


def _digest_entries(entries: list[os.DirEntry[str]]) -> str:
    parts: list[str] = []
    for entry in entries:
        if is_leaving(entry.name):
            continue
        kind = "folder" if entry.is_dir(follow_symlinks=False) else "file"
        if entry.is_symlink():
            kind = "link " + os.readlink(entry.path)
        parts += (entry.name, kind)
    return digest_parts("listing", parts)
