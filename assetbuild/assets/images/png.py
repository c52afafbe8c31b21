"""Make a PNG smaller without changing a pixel, and take metadata out of it.

In: the bytes of a PNG. Out: smaller bytes that decode to the same pixels, or None.
The bytes depend on the pixels and on libdeflate alone, never on the zlib of a machine.
Source: https://www.w3.org/TR/png-3/ (4.3 and 14: which chunks survive a change of the pixels' form).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from assetbuild.assets.images.png_chunks import Chunk, join_chunks, make_chunk, read_chunks
from assetbuild.assets.images.png_encoder import encode_png

# what changes how pixels look or how large they are
_DISPLAY = frozenset([b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"pHYs"])
# what stands for the samples in one form, and is void in another; browsers ignore all but tRNS
_OF_THE_FORM = frozenset([b"PLTE", b"tRNS", b"bKGD", b"hIST", b"sBIT", b"sPLT"])
_FRAMES = frozenset([b"acTL", b"fcTL", b"fdAT"])
# the best effort takes a second a megapixel for 2 %: only for icons
_BEST_PIXELS = 16_384


def _has_frames(chunks: Sequence[Chunk]) -> bool:
    return any(one.kind == b"acTL" for one in chunks)


def shrink_png(data: bytes, image: Any, *, strip: bool, turned: Any = None) -> bytes | None:
    """Return a smaller PNG of the same pixels, or one without metadata; None: keep the file.

    ``image`` is Pillow's, decoded; ``turned`` the upright one where an orientation is applied.
    """
    chunks = read_chunks(data)
    if strip:
        chunks = tuple(one for one in chunks if _is_shown(one.kind))
    made = []
    if strip:
        made.append(join_chunks(chunks))
    if turned is not None:
        made = [_encode(turned, chunks)]
    elif not _has_frames(chunks):
        made.append(_recompress(chunks))
        if _can_encode(chunks):
            again = _encode(image, chunks)
            if _is_same(again, image):
                made.append(again)
    best = min(made, key=len, default=data)
    return best if strip or turned is not None or len(best) < len(data) else None


def _is_shown(kind: bytes) -> bool:
    # an upper-case first letter: the picture cannot be decoded without it
    return kind[:1].isupper() or kind in _DISPLAY | _OF_THE_FORM | _FRAMES


def _can_encode(chunks: Sequence[Chunk]) -> bool:
    """Tell whether another colour type keeps everything: 8 bit, not interlaced, no profile.

    A profile is of one colour space: a grey picture cannot keep the one for RGB.
    """
    header = chunks[0].body
    return header[8] <= 8 and header[12] == 0 and not any(one.kind == b"iCCP" for one in chunks)


def _encode(image: Any, chunks: Sequence[Chunk]) -> bytes:
    kept = b"".join(
        make_chunk(one.kind, one.body)
        for one in chunks
        if not one.kind[:1].isupper() and one.kind not in _OF_THE_FORM | _FRAMES
    )
    is_small = image.width * image.height <= _BEST_PIXELS
    return encode_png(image.convert("RGBA"), effort="best" if is_small else "fast", chunks=kept)


def _is_same(data: bytes, image: Any) -> bool:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=("PNG",)) as made:
        return bool(made.convert("RGBA").tobytes() == image.convert("RGBA").tobytes())


def _recompress(chunks: Sequence[Chunk]) -> bytes:
    """Return the PNG with its filtered rows compressed again, all else as it is."""
    import deflate  # compiled; not for --help

    rows = _inflate(chunks)
    packed = bytes(deflate.zlib_compress(rows, 9))
    first = [one.kind for one in chunks].index(b"IDAT")
    rest = [one for one in chunks[first:] if one.kind != b"IDAT"]
    return join_chunks([*chunks[:first], Chunk(b"IDAT", packed), *rest])


def _inflate(chunks: Sequence[Chunk]) -> bytes:
    """Return the filtered rows; never more than the header's size can need."""
    width, height, depth, colour_type = struct.unpack_from(">IIBB", chunks[0].body)
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour_type, 4)
    # an interlaced picture has at most twice the rows, each with a filter byte
    limit = ((width * samples * depth + 7) // 8 + 2) * height * 2 + 64
    stream = zlib.decompressobj()
    packed = b"".join(one.body for one in chunks if one.kind == b"IDAT")
    rows = stream.decompress(packed, limit)
    if not stream.eof:
        raise ValueError("its data has another length than its header says")
    return rows
