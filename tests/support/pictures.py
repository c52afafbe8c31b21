"""Small pictures for tests, as bytes."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image


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
