"""Digests of structured values: length-prefixed, with a format version, so no two inputs collide."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

_FORMAT = b"assetbuild-1"


def digest_parts(kind: str, parts: Iterable[str | bytes]) -> str:
    """Return the sha256 hex digest of an ordered list of parts under a kind.

    The kind keeps digests of different things apart; each part is prefixed by its length.
    """
    hasher = hashlib.sha256()
    for part in (_FORMAT, kind, *parts):
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "big"))
        hasher.update(data)
    return hasher.hexdigest()


def sha256_hex(data: bytes) -> str:
    """Return the sha256 of the bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def subresource_integrity(data: bytes) -> str:
    """Return the ``integrity`` attribute of the bytes (W3C SRI): ``sha384-`` and base64."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode("ascii")
