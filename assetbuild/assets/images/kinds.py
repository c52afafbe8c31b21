"""Kinds of pictures: by name and by the first bytes.

In: a name, or bytes. Out: Pillow's name of the format. Refuses to know: Pillow.
"""

from __future__ import annotations

from typing import Literal

from assetbuild.assets.images.png_chunks import SIGNATURE

KINDS = {
    ".apng": "PNG",
    ".avif": "AVIF",
    ".gif": "GIF",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
}
"""Extension -> Pillow's name of the format."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (SIGNATURE, "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)


def kind_of(logical: str) -> Literal["PNG", "JPEG", "GIF", "WEBP", "AVIF"] | None:
    """Return the format that a name's extension says, or None."""
    return KINDS.get("." + logical.rpartition(".")[2].lower())  # type: ignore[return-value]


def sniff_kind(data: bytes) -> str | None:
    """Return the format that the first bytes tell, or None."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[4:12] in {b"ftypavif", b"ftypavis"}:
        return "AVIF"
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def is_16_bit(data: bytes) -> bool:
    """Tell whether a file is a PNG of 16 bits a channel: IHDR, PNG section 11.2.1."""
    return data.startswith(SIGNATURE) and data[24:25] == b"\x10"
