"""The bytes that are put: digests worked out in one pass, with little memory.

In: a file, or bytes. Out: a Body. Refuses to know: stores and keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from assetbuild.publish.store import Body

PART_SIZE = 8 * 1024 * 1024
"""Bytes of a part of a multipart upload. The ETag depends on it: a change sends large files anew."""

MULTIPART_FROM = 2 * PART_SIZE
"""Files of this size or more are put in parts, so that a killed run goes on where it was."""

_IN_MEMORY = 1024 * 1024  # smaller files are read once; times the workers, this bounds memory
_BLOCK = 256 * 1024


def body_of_bytes(data: bytes) -> Body:
    """Return the body of bytes in memory."""
    return Body(
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        # not for safety: S3's ETag is the MD5 (usedforsecurity: FIPS builds refuse it otherwise)
        etag=hashlib.md5(data, usedforsecurity=False).hexdigest(),
        data=data,
    )


def body_of_file(path: Path) -> Body:
    """Return the body of a file; small ones are kept in memory. Errors: OSError."""
    size = path.stat().st_size
    if size <= _IN_MEMORY:
        return body_of_bytes(path.read_bytes())
    whole = hashlib.sha256()
    parts: list[bytes] = []
    in_parts = size >= MULTIPART_FROM
    total = 0
    md5 = hashlib.md5(usedforsecurity=False)
    filled = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total += len(block)
            whole.update(block)
            md5.update(block)
            filled += len(block)
            if in_parts and filled == PART_SIZE:  # a part is a whole number of blocks
                parts.append(md5.digest())
                md5, filled = hashlib.md5(usedforsecurity=False), 0
    if in_parts:
        if filled:
            parts.append(md5.digest())
        joined = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
        etag = f"{joined}-{len(parts)}"
    else:
        etag = md5.hexdigest()
    return Body(size=total, sha256=whole.hexdigest(), etag=etag, file=str(path))


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
