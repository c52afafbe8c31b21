"""Small pictures for tests, as bytes."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image

from assetbuild.assets.images.png_chunks import Chunk, join_chunks


def draw(width: int, height: int, *, seed: int = 0, mode: str = "RGBA") -> Image.Image:
    """Return a picture of soft noise, different for each seed."""
    source = random.Random(seed * 7919 + width * 31 + height)
    small = Image.frombytes(mode, (3, 3), source.randbytes(9 * len(mode)))
    return small.resize((width, height))


def save(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return the picture as the bytes of a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def make_png(width: int, height: int, *, seed: int = 0) -> bytes:
    """Return the bytes of a PNG of soft noise."""
    return save(draw(width, height, seed=seed))


def read_rgba(data: bytes) -> Image.Image:
    """Decode the bytes to RGBA."""
    with Image.open(io.BytesIO(data)) as image:
        converted: Image.Image = image.convert("RGBA")
        return converted


def write_png(
    width: int,
    height: int,
    body: bytes,
    *,
    level: int = -1,
    has_alpha: bool = True,
    is_interlaced: bool = False,
) -> bytes:
    """Return a PNG of any header and any samples (with their filters), as no library writes it."""
    colour_type = 6 if has_alpha else 2
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, is_interlaced)
    return join_chunks(
        [
            Chunk(b"IHDR", header),
            Chunk(b"IDAT", zlib.compress(body, level)),
            Chunk(b"IEND", b""),
        ]
    )
