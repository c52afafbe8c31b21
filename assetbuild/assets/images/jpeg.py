"""Make a JPEG smaller without changing a pixel, and take metadata out of it.

In: the bytes of a JPEG. Out: smaller bytes with the same coefficients, or None.
Source: ITU-T T.81, annex B (markers); CIPA DC-007 (files of several pictures).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

_TURNED = frozenset([5, 6, 7, 8])  # orientations that exchange width and height


def find_end(data: bytes) -> int:
    """Return the offset after the end of the first picture, 0 where the file is truncated."""
    for kind, start, _ in _walk_segments(data):
        if kind == 0xDA:
            # between 0xFF 0x00 and restart markers only coded data stands; scans may repeat
            at = data.find(b"\xff\xd9", start)
            return at + 2 if at >= 0 else 0
    return 0


def has_more_pictures(data: bytes) -> bool:
    """Tell whether the file holds more than one picture (a gain map, a motion photo).

    They are found by their offsets, which any change of the first one breaks.
    """
    has_index = any(
        kind == 0xE2 and data[start : start + 4] == b"MPF\0"
        for kind, start, _ in _walk_segments(data)
    )
    end = find_end(data)
    return has_index or bool(end and data[end:].strip(b"\0"))


def _walk_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of the body of each segment up to the first scan."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        (size,) = struct.unpack_from(">H", data, at + 2)
        yield kind, at + 4, at + 2 + size
        if kind == 0xDA:
            return
        at += 2 + size


def shrink_jpeg(data: bytes, *, strip: bool) -> bytes | None:
    """Return the JPEG with better codes, without metadata where asked; None: keep the file."""
    import mozjpeg_lossless_optimization as mozjpeg  # compiled; not for --help

    copied = mozjpeg.COPY_MARKERS.ICC if strip else mozjpeg.COPY_MARKERS.ALL
    try:
        made = bytes(mozjpeg.optimize(data, copied))
    except ValueError:
        return None
    return made if strip or len(made) < len(data) else None


def turn_jpeg(image: Any, turned: Any, orientation: int) -> bytes:
    """Return the upright JPEG, coded with the picture's own tables, so that nearly nothing is lost."""
    from PIL import JpegImagePlugin

    is_turned = orientation in _TURNED
    tables = {
        number: _transpose(table) if is_turned else list(table)
        for number, table in image.quantization.items()
    }
    sampling = JpegImagePlugin.get_sampling(image)
    # 4:2:2 turned is 4:4:0, which Pillow does not write
    subsampling = 0 if sampling < 0 or (is_turned and sampling == 1) else sampling
    options: dict[str, Any] = {}
    for name in ("icc_profile", "dpi"):
        if image.info.get(name):
            options[name] = image.info[name]
    out = io.BytesIO()
    turned.save(
        out,
        "JPEG",
        qtables=tables,
        subsampling=subsampling,
        optimize=True,
        progressive=True,
        exif=b"",
        **options,
    )
    return out.getvalue()


def _transpose(table: Any) -> list[int]:
    return [int(table[column * 8 + row]) for row in range(8) for column in range(8)]
