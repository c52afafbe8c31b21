"""A folder with all below it: walked, scanned, copied, replaced, removed.

In: a folder. Out: sorted listings with what a stat says. Refuses to know: what the files mean.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


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
    hasher = hashlib.sha256()
    for entry in entries:
        if is_leaving(entry.name):
            continue
        kind = "folder" if entry.is_dir(follow_symlinks=False) else "file"
        if entry.is_symlink():
            kind = "link " + os.readlink(entry.path)
        for part in (entry.name, kind):
            data = os.fsencode(part)
            hasher.update(b"%d:" % len(data))
            hasher.update(data)
    return hasher.hexdigest()


def copy_tree(
    source: Path | str,
    target: Path | str,
    *,
    leave_out: Callable[[str, bool], bool] = lambda _relative, _is_folder: False,
) -> None:
    """Copy a folder: no file is shared, symlinks stay as they are, what is copied can be written.

    ``leave_out`` gets a path below ``source`` and whether it is a folder, no symlink to one.
    Sockets, pipes and devices stay behind, and ``target`` itself where it lies in ``source``.
    It may exist. Errors: OSError, at the first.
    """
    os.makedirs(target, exist_ok=True)
    made = os.stat(target)
    _copy(str(source), str(target), "", leave_out, (made.st_dev, made.st_ino))


def _copy(
    source: str,
    target: str,
    prefix: str,
    leave_out: Callable[[str, bool], bool],
    top: tuple[int, int],
) -> None:
    os.makedirs(target, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            path = f"{target}/{entry.name}"
            if leave_out(prefix + entry.name, is_folder):
                continue
            if is_folder:
                if entry.inode() == top[1] and entry.stat(follow_symlinks=False).st_dev == top[0]:
                    continue  # it would copy its copy without end
                _copy(entry.path, path, f"{prefix}{entry.name}/", leave_out, top)
            elif entry.is_symlink():
                os.symlink(os.readlink(entry.path), path)
            elif entry.is_file():
                shutil.copyfile(entry.path, path)
                _copy_facts(entry.path, path, stat.S_IRUSR | stat.S_IWUSR)
    _copy_facts(source, target, stat.S_IRWXU)


def _copy_facts(source: str, target: str, more: int) -> None:
    """Give a copy the times and the mode of what it was made of, and more bits of a mode."""
    status = os.stat(source)
    os.chmod(target, stat.S_IMODE(status.st_mode) | more)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def make_executable(folder: Path | str) -> None:
    """Set the executable bits of every file right in a folder; a missing folder is fine."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file():
                mode = entry.stat().st_mode
                if mode & 0o111 != 0o111:
                    os.chmod(entry.path, mode | 0o111)


@contextlib.contextmanager
def replacing_tree(path: Path, *, aside: Path) -> Iterator[Callable[[], None]]:
    """Make room for a new folder at ``path``; the block calls what it gets when that is whole.

    Else, and after an error, nothing of it stays and the former folder is back. That waits at
    ``aside``, beside ``path``: found there, it is what a killed process could not put back. A
    folder that cannot be moved, where a disk is mounted, is emptied.
    """
    is_whole = False

    def keep() -> None:
        nonlocal is_whole
        is_whole = True

    if aside.exists():
        _clear(path)
    elif path.exists():
        try:
            os.rename(path, aside)
        except OSError as failure:
            if failure.errno != errno.EBUSY:
                raise
            _clear(path)
    try:
        yield keep
    finally:
        if is_whole:
            remove_tree(aside)
        else:
            _clear(path)
            if aside.exists():
                os.rename(aside, path)


def _clear(path: Path) -> None:
    if path.is_mount():
        for one in path.iterdir():
            remove_tree(one)
    else:
        remove_tree(path)


def remove_tree(path: Path | str) -> None:
    """Remove a file or a folder with all below it; what is gone already is fine."""
    target = Path(path)
    if target.is_symlink() or target.is_file():
        target.unlink(missing_ok=True)
    elif target.exists():
        shutil.rmtree(target, onerror=_make_writable_and_retry)


def _make_writable_and_retry(function: Callable[..., object], path: str, _info: object) -> None:
    # a read-only folder (Go's module cache, npm's) refuses to lose its files
    os.chmod(os.path.dirname(path), 0o700)
    with contextlib.suppress(OSError):
        os.chmod(path, 0o700)
    with contextlib.suppress(FileNotFoundError):
        function(path)
