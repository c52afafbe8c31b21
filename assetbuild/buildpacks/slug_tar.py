"""A slug as a tar that is the same byte for byte whenever its files are.

In: a folder. Out: the chunks of a tar.gz, or its size. Sorted names, one time, two modes, no owner.
Refuses to know: where it is written.
"""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from assetbuild.buildpacks.slug import SlugFile, list_slug

# 2000-01-01: zip tools and make dislike the epoch itself
FIXED_TIME = 946_684_800
_PREFIX = "./app/"  # how the platform lays out a slug
_PYC_HEAD = 16  # magic, flags, mtime, size of the source; PEP 552
# gzip member header: no name, no time, no system, so that only the content counts
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def write_tar(root: Path, write: Callable[[bytes], object], *, level: int = 6) -> int:
    """Write the tar.gz of a folder and return its size in bytes. Sockets and the like stay out."""
    sink = _Gzip(write, level)
    with tarfile.open(fileobj=cast(IO[bytes], sink), mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for one in list_slug(root):
            _add(tar, root, one)
    sink.finish()
    return sink.size


def measure_tar(root: Path) -> int:
    """Return about the size that the tar.gz of a folder has: quick compression, a little more."""
    return write_tar(root, len, level=1)


def _add(tar: tarfile.TarFile, root: Path, one: SlugFile) -> None:
    info = tarfile.TarInfo(_PREFIX + one.path)
    info.mtime = FIXED_TIME
    path = root / one.path
    if stat.S_ISDIR(one.mode):
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(info)
    elif stat.S_ISLNK(one.mode):
        info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, os.readlink(path)
        tar.addfile(info)
    elif stat.S_ISREG(one.mode):
        info.mode = 0o755 if one.mode & 0o100 else 0o644
        info.size = one.size
        with path.open("rb") as file:
            if one.path.endswith(".pyc"):
                data = fix_pyc_time(file.read(), source=_source_of(path))
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            else:
                tar.addfile(info, file)


def fix_pyc_time(data: bytes, *, source: Path | None) -> bytes:
    """Return compiled Python whose source time is FIXED_TIME, as its source will have in the slug.

    Without it every start of the app would compile its packages again, and no two builds would
    be equal. One that is stale already, or is checked by hash (PEP 552), stays as it is.
    """
    if len(data) < _PYC_HEAD or data[4:8] != b"\0\0\0\0" or source is None:
        return data
    status = source.stat()
    if int.from_bytes(data[8:12], "little") != int(status.st_mtime) & 0xFFFFFFFF:
        return data
    return data[:8] + FIXED_TIME.to_bytes(4, "little") + data[12:]


def _source_of(path: Path) -> Path | None:
    folder = path.parent
    if folder.name == "__pycache__":
        # a/__pycache__/b.cpython-311.opt-1.pyc is of a/b.py
        source = folder.parent / (path.name.split(".")[0] + ".py")
    else:
        source = path.with_suffix(".py")
    return source if source.is_file() else None


class _Gzip:
    """A gzip stream with a fixed header; tarfile's and gzip's own write names and times."""

    def __init__(self, write: Callable[[bytes], object], level: int) -> None:
        self._write = write
        self._deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._crc = 0
        self._length = 0
        self.size = 0
        self._put(_GZIP_HEAD)

    def write(self, chunk: bytes) -> int:
        self._crc = zlib.crc32(chunk, self._crc)
        self._length += len(chunk)
        self._put(self._deflate.compress(chunk))
        return len(chunk)

    def finish(self) -> None:
        self._put(self._deflate.flush())
        self._put(self._crc.to_bytes(4, "little"))
        self._put((self._length & 0xFFFFFFFF).to_bytes(4, "little"))

    def _put(self, data: bytes) -> None:
        if data:
            self._write(data)
            self.size += len(data)


def iterate_ignored(root: Path, ignores: Callable[[str, bool], bool]) -> Iterator[str]:
    """Yield the outermost paths that a list ignores, sorted; folders are not looked into."""
    skipped = "\0"
    for one in list_slug(root):
        if one.path.startswith(skipped):
            continue
        if ignores(one.path, stat.S_ISDIR(one.mode)):
            skipped = one.path + "/"
            yield one.path
