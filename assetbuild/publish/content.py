"""The bytes that are put: digests worked out with little memory.

In: a file, or bytes. Out: a Body. Refuses to know: stores and keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from assetbuild.digests import sha256_hex
from assetbuild.publish.store import Body
from assetbuild.publish.wire import FileSlice, Sendable, SourceError

PART_SIZE = 8 * 1024 * 1024
"""Bytes of a part of a multipart upload. The ETag depends on it: a change sends large files anew."""

MULTIPART_FROM = 2 * PART_SIZE
"""Files of this size or more are put in parts, so that a killed run goes on where it was."""

_IN_MEMORY = 1024 * 1024  # smaller files are read once; times the workers, this bounds memory
_BLOCK = 256 * 1024


def body_of_bytes(data: bytes) -> Body:
    """Return the body of bytes in memory."""
    return Body(size=len(data), sha256=sha256_hex(data), data=data)


def body_of_file(path: Path) -> Body:
    """Return the body of a file; small ones are kept in memory. Errors: OSError."""
    size = path.stat().st_size
    if size <= _IN_MEMORY:
        return body_of_bytes(path.read_bytes())
    total, sha256 = _digest_file(path)
    return Body(size=total, sha256=sha256, file=str(path))


def check_source(body: Body) -> None:
    """See that a body's file is what its digest says. Errors: SourceError."""
    if body.file is not None:
        try:
            is_same = _digest_file(Path(body.file)) == (body.size, body.sha256)
        except OSError as failure:
            raise SourceError(failure.strerror or "it cannot be read") from failure
        if not is_same:
            raise SourceError("its sha256 differs")


def to_send(body: Body, start: int = 0, size: int | None = None) -> Sendable:
    """Return a range of a body, at most to its end, as a connection takes it."""
    end = body.size if size is None else min(start + size, body.size)
    if body.data is not None:
        return body.data[start:end]
    assert body.file is not None
    return FileSlice(file=body.file, start=start, size=end - start)


def _digest_file(path: Path) -> tuple[int, str]:
    """Return a file's size and sha256. Errors: OSError."""
    whole = hashlib.sha256()
    total = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total += len(block)
            whole.update(block)
    return total, whole.hexdigest()


def expected_etag(body: Body) -> str:
    """Return the ETag that a store gives these bytes: their MD5, or that of the parts' MD5s.

    MD5 takes three times as long as sha256, so it is worked out only where nothing better is told.
    """
    step = PART_SIZE if body.size >= MULTIPART_FROM else max(1, body.size)
    sums = []
    for start in range(0, body.size, step) or (0,):
        # not for safety: FIPS builds refuse it without usedforsecurity=False
        md5 = hashlib.md5(usedforsecurity=False)
        for block in read_blocks(body, start, step):
            md5.update(block)
        sums.append(md5.hexdigest())
    return join_etags(sums) if body.size >= MULTIPART_FROM else sums[0]


def join_etags(sums: Sequence[str]) -> str:
    """Return the ETag of an object put in parts; ``sums`` are the parts' MD5s in hex."""
    joined = hashlib.md5(b"".join(map(bytes.fromhex, sums)), usedforsecurity=False)
    return f"{joined.hexdigest()}-{len(sums)}"


def read_blocks(body: Body, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield a range of the body's bytes in blocks; fewer bytes when the file was cut meanwhile."""
    end = body.size if length is None else start + length
    if body.data is not None:
        yield body.data[start:end]
        return
    assert body.file is not None
    with Path(body.file).open("rb") as file:
        file.seek(start)
        while start < end and (block := file.read(min(_BLOCK, end - start))):
            start += len(block)
            yield block
