"""The chunks of a PNG: taken apart and put together.

In: the bytes of a PNG. Out: its chunks, and back. Refuses to know: pixels.
Source: https://www.w3.org/TR/png-3/, section 5.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk."""

    kind: bytes  # four letters
    body: bytes  # without length and checksum


def read_chunks(data: bytes) -> tuple[Chunk, ...]:
    """Return all chunks up to IEND. Errors: ValueError for what is truncated or damaged."""
    return tuple(_walk(data))


def _walk(data: bytes) -> Iterator[Chunk]:
    at = len(SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise ValueError("the file is truncated")
        (size,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 8 + size
        if end + 4 > len(data):
            raise ValueError("the file is truncated")
        if struct.unpack_from(">I", data, end)[0] != zlib.crc32(data[at + 4 : end]):
            raise ValueError(f"the checksum of the chunk {kind!r} is wrong")
        yield Chunk(kind, data[at + 8 : end])
        if kind == b"IEND":
            return
        at = end + 4


def make_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def join_chunks(chunks: Iterable[Chunk]) -> bytes:
    """Return the PNG of chunks."""
    return SIGNATURE + b"".join(make_chunk(one.kind, one.body) for one in chunks)
