"""Bytes of answers: read whole and checked, or opened and checked, before a status is sent.

In: a FileBody of a Response. Out: bytes, or an open file that holds what the manifest promised.
Errors: BodyLostError, before anything was sent: a damaged file is a 500, never a cut 200.
Refuses to know: requests, servers.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from assetbuild.serve.table import FileBody

LARGE = 256 * 1024
"""Bytes above which a file is streamed, not held: it is not what a page waits for."""

CHUNK = 256 * 1024
"""Bytes that are read and sent at once."""

MEMORY = 24 * 1024 * 1024
"""Bytes of small files that one process holds; what was loaded first leaves first."""


class BodyLostError(Exception):
    """The bytes on disk are missing, damaged, or cut while they were sent."""


@dataclass(frozen=True, slots=True)
class OpenBody:
    """A large file, opened and checked: an iterable with close(), as PEP 3333 wants a body."""

    file: BinaryIO  # at the first byte to send
    path: str  # absolute path, for servers that send files themselves
    length: int  # bytes to send from here

    def __iter__(self) -> Iterator[bytes]:
        """Yield exactly ``length`` bytes, or raise BodyLostError: the server must break off."""
        left = self.length
        try:
            while left:
                data = self.file.read(min(CHUNK, left))
                if not data:
                    raise BodyLostError(f"{self.path} shrank while it was sent")
                left -= len(data)
                yield data
        finally:
            self.file.close()

    async def read_off_loop(self) -> AsyncIterator[bytes]:
        """Yield the same, read by a thread: a disk may take long, and others wait on the loop."""
        loop = asyncio.get_running_loop()
        chunks, left = iter(self), self.length
        try:
            while left:
                data = await loop.run_in_executor(None, next, chunks)
                left -= len(data)
                yield data
        finally:
            # where nobody calls close(): a reader that is given up is closed by the loop
            self.close()

    def close(self) -> None:
        """Close the file; twice is the same as once."""
        self.file.close()


class BodyStore:
    """Reads bodies, each checked once against its sha256; small ones stay in memory.

    Safe for threads: the worst that a race does is to read a file twice.
    """

    def __init__(self, *, memory_bytes: int = MEMORY) -> None:
        self._memory_bytes = memory_bytes
        self._held: dict[str, bytes] = {}  # sha256 -> bytes, in order of loading
        self._held_bytes = 0
        # (folder, path) -> what a stat said of the file whose digest was right
        self._checked: dict[tuple[str, str], tuple[int, int, int, int]] = {}
        self._folders: dict[str, str] = {}
        self._lock = threading.Lock()

    def read(self, body: FileBody | bytes) -> bytes | OpenBody:
        """Return the bytes of a body, or the open file where it is large."""
        if isinstance(body, bytes):
            return body
        if body.size > LARGE:
            return self._open(body)
        held = self._held.get(body.sha256)
        if held is None:
            held = self._load(body)
        return held if body.is_whole else held[body.start : body.stop]

    def _load(self, body: FileBody) -> bytes:
        with self._open_file(body) as file:
            data = file.read(body.size + 1)
        if len(data) != body.size or hashlib.sha256(data).hexdigest() != body.sha256:
            raise BodyLostError(f"{body.path} does not hold the bytes of the manifest")
        with self._lock:
            if body.sha256 not in self._held:
                self._held[body.sha256] = data
                self._held_bytes += len(data)
                while self._held_bytes > self._memory_bytes and len(self._held) > 1:
                    dropped = self._held.pop(next(iter(self._held)))
                    self._held_bytes -= len(dropped)
        return data

    def _open(self, body: FileBody) -> OpenBody:
        file = self._open_file(body)
        try:
            status = os.fstat(file.fileno())
            seen = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if self._checked.get((body.folder, body.path)) != seen:
                if status.st_size != body.size or _hash(file) != body.sha256:
                    raise BodyLostError(f"{body.path} does not hold the bytes of the manifest")
                self._checked[(body.folder, body.path)] = seen
            file.seek(body.start)
        except BaseException:
            file.close()
            raise
        return OpenBody(file, os.path.join(body.folder, body.path), body.length)

    def _open_file(self, body: FileBody) -> BinaryIO:
        """Open a regular file that really lies below the output folder."""
        path = os.path.join(body.folder, body.path)
        try:
            # a link in the middle is caught by its real path, one at the end by O_NOFOLLOW
            if not self._is_inside(os.path.dirname(path), body.folder):
                raise BodyLostError(f"{body.path} leads out of the output folder")
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as failure:
            raise BodyLostError(f"{body.path}: {failure.strerror}") from failure
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise BodyLostError(f"{body.path} is not a file")
        return open(handle, "rb")

    def _is_inside(self, folder: str, root: str) -> bool:
        real_root = self._folders.get(root) or os.path.realpath(root)
        self._folders[root] = real_root
        real = os.path.realpath(folder)
        return real == real_root or real.startswith(real_root + os.sep)


def _hash(file: BinaryIO) -> str:
    hasher = hashlib.sha256()
    while data := file.read(1024 * 1024):
        hasher.update(data)
    return hasher.hexdigest()
