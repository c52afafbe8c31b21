"""A folder with all below it, changed as a whole: copied, replaced, removed.

In: folders. Out: folders. Refuses to know: what the files mean.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path


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
