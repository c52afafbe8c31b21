"""One file: written so that it is whole or absent, copied, hashed.

In: a path and bytes. Out: a file, a digest. Refuses to know: what the bytes mean.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

TEMPORARY_PREFIX = ".tmp-"  # of files that a killed process may leave behind
_CHUNK = 1 << 20


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
def create_whole(path: Path | str, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Open a new file for writing piece by piece; ``path`` holds it only when the block ended well."""
    with _replacing(path, mode) as handle, open(handle, "wb", closefd=False) as file:
        yield file


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
