"""Take metadata out of a WebP file without decoding it.

In: the bytes of a WebP. Out: the bytes without EXIF and XMP.
Source: RFC 9649, section 2.7 (extended file format).
"""

from __future__ import annotations

import struct

_EXIF_AND_XMP = 0x0C  # flags of the VP8X header
_DROPPED = frozenset([b"EXIF", b"XMP "])


def strip_webp(data: bytes) -> bytes:
    """Return the file without EXIF and XMP chunks. Errors: ValueError for a damaged file."""
    body = b""
    at = 12
    while at + 8 <= len(data):
        kind = data[at : at + 4]
        (size,) = struct.unpack_from("<I", data, at + 4)
        end = at + 8 + size + size % 2
        if at + 8 + size > len(data):
            raise ValueError("the file is truncated")
        chunk = data[at:end]
        if kind == b"VP8X" and size >= 1:
            chunk = chunk[:8] + bytes([chunk[8] & ~_EXIF_AND_XMP]) + chunk[9:]
        if kind not in _DROPPED:
            body += chunk
        at = end
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
