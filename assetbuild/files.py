"""The only writer: walk, read, write atomically, lock, remove.

In: paths and bytes. Out: sorted listings, bytes, files that are whole or absent.
Refuses to know: what the files mean.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

TEMPORARY_PREFIX = ".tmp-"  # of files that a killed process may leave behind
_CHUNK = 1 << 20


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
        folders.append(FoundFolder(path=folder, mtime_ns=status.st_mtime_ns, inode=status.st_ino))
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
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


def atomic_write(
    path: Path | str, data: bytes, *, mode: int = 0o644, is_durable: bool = False
) -> None:
    """Write ``data`` so that ``path`` holds the old bytes or all of the new ones, never a part.

    The parent folder is made. ``is_durable`` asks the disk to keep it before the rename (for
    what names other files). Errors: OSError, with no temporary file left behind.
    """
    with _replacing(path, mode) as handle:
        _write_all(handle, data)
        if is_durable:
            os.fsync(handle)


def atomic_copy(source: Path | str, path: Path | str, *, mode: int = 0o644) -> None:
    """Put a copy of ``source`` at ``path`` atomically, without holding more than a piece of it."""
    with open(source, "rb", buffering=0) as file, _replacing(path, mode) as handle:
        while piece := file.read(_CHUNK):
            _write_all(handle, piece)


@contextlib.contextmanager
def _replacing(path: Path | str, mode: int) -> Iterator[int]:
    """Give the handle of a new file that takes the place of ``path`` when the block ends well."""
    handle, temporary = _open_temporary(os.path.dirname(path) or ".", mode)
    try:
        try:
            os.fchmod(handle, mode)  # whatever the umask took
            yield handle
        finally:
            os.close(handle)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _open_temporary(folder: str, mode: int) -> tuple[int, str]:
    # as tempfile.mkstemp, without its ten calls of the system a file: a build writes thousands
    while True:
        name = f"{folder}/{TEMPORARY_PREFIX}{os.urandom(8).hex()}"
        try:
            return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), name
        except FileExistsError:
            continue
        except FileNotFoundError:
            os.makedirs(folder, exist_ok=True)


def _write_all(handle: int, data: bytes) -> None:
    written = os.write(handle, data)
    if written < len(data):  # Linux writes at most 2 GB a call; a full disk may take a part
        rest = memoryview(data)[written:]
        while rest:
            rest = rest[os.write(handle, rest) :]


@contextlib.contextmanager
def hold_lock(path: Path | str, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold an exclusive lock on a lock file until the block ends; the kernel frees it on a kill.

    ``on_wait`` is called once when another process holds it.
    """
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "ab") as file:
        _take_lock(file.fileno(), on_wait)
        yield


@contextlib.contextmanager
def create_whole(path: Path | str, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Open a new file for writing piece by piece; ``path`` holds it only when the block ended well."""
    with _replacing(path, mode) as handle, open(handle, "wb", closefd=False) as file:
        yield file


def make_executable(folder: Path | str) -> None:
    """Set the executable bits of every file right in a folder; a missing folder is fine."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file():
                mode = entry.stat().st_mode
                if mode & 0o111 != 0o111:
                    os.chmod(entry.path, mode | 0o111)


@contextlib.contextmanager
def temporary_folder(prefix: str, *, parent: Path | str | None = None) -> Iterator[Path]:
    """Make a private folder and remove it with all below it when the block ends."""
    import tempfile  # loads the random numbers' modules, which most commands never need

    folder = tempfile.mkdtemp(prefix=prefix, dir=parent)
    try:
        yield Path(folder)
    finally:
        remove_tree(folder)


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
        with temporary_folder(".tmp-room-", parent=place) as trial:
            (trial / "file").write_bytes(b"x")
    except OSError as failure:
        trouble = failure.strerror or str(failure)
    return FolderRoom(trouble=trouble, free_bytes=free_bytes, free_inodes=free_inodes)


@contextlib.contextmanager
def hold_folder_lock(
    folder: Path | str, *, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold an exclusive lock on a folder itself, so that no lock file lies in it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _take_lock(handle, on_wait)
        yield
    finally:
        os.close(handle)


def _take_lock(handle: int, on_wait: Callable[[], None] | None) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if on_wait is not None:
            on_wait()
        fcntl.flock(handle, fcntl.LOCK_EX)


def hash_file(path: Path | str) -> str:
    """Return the sha256 of a file as 64 hex digits, read in pieces."""
    hasher = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(_CHUNK):
            hasher.update(piece)
    return hasher.hexdigest()


def hash_integrity(path: Path | str) -> tuple[str, int]:
    """Return the ``integrity`` attribute of a file (W3C SRI, sha384) and its size in bytes."""
    hasher = hashlib.sha384()
    size = 0
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(_CHUNK):
            hasher.update(piece)
            size += len(piece)
    return "sha384-" + base64.b64encode(hasher.digest()).decode("ascii"), size


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
