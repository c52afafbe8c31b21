"""Write a PNG: the smallest colour type, filters by row, libdeflate. The same bytes everywhere.

In: RGBA pixels. Out: the bytes of a PNG. Pillow's own encoder uses the zlib it was built with,
so its bytes, and the hash of a sheet, would differ between machines; libdeflate comes from one
pinned wheel. Source: https://www.w3.org/TR/png-3/.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from assetbuild.assets.images.png_chunks import SIGNATURE, make_chunk

Effort = Literal["fast", "best"]

REVISION = 2  # bumped when the bytes of the same pixels change
# absolute value of a byte taken as signed: the cost that the PNG specification proposes (12.7)
_COST = bytes(min(value, 256 - value) for value in range(256))
# 12 takes 100 ms more a megapixel than 11, for a tenth of a percent (benchmarks/README.md)
_LEVEL = {"fast": 6, "best": 11}
_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raster:
    width: int  # pixels
    height: int  # pixels
    colour_type: int  # PNG's: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
    depth: int  # bits a sample
    extra: bytes = b""  # PLTE and tRNS chunks
    rows: tuple[bytes, ...] = ()  # unfiltered, packed
    image: Any = None  # Pillow's image with the samples as bands, for filtering; None: unfiltered


def encode_png(image: Any, *, effort: Effort, chunks: bytes = b"") -> bytes:
    """Return the PNG of an RGBA image of Pillow's; every pixel is kept, transparent ones too.

    ``chunks`` (whole ones: iCCP, pHYs) go before the palette.
    """
    colours = image.getcolors(256)
    rasters = []
    if colours is not None:
        rasters.append(_make_palette(image, sorted({colour for _, colour in colours})))
    # a soft grey or a gradient filters better than it indexes, and a palette costs more than a few
    # pixels: the best effort tries both
    is_small = image.width * image.height <= 256
    if colours is None or (effort == "best" and (len(colours) > 16 or is_small)):
        rasters.append(_reduce(image))
    made = [_assemble(one, effort, chunks) for one in rasters]
    return min(made, key=len)


def _assemble(raster: _Raster, effort: Effort, chunks: bytes) -> bytes:
    header = struct.pack(
        ">IIBBBBB", raster.width, raster.height, raster.depth, raster.colour_type, 0, 0, 0
    )
    return b"".join(
        (
            SIGNATURE,
            make_chunk(b"IHDR", header),
            chunks,
            raster.extra,
            make_chunk(b"IDAT", _pack(raster, effort)),
            make_chunk(b"IEND", b""),
        )
    )


def _reduce(image: Any) -> _Raster:
    """Choose the colour type without a palette that holds every pixel in the fewest bits."""
    width, height = image.size
    red, green, blue, alpha = image.split()
    is_grey = red.tobytes() == green.tobytes() == blue.tobytes()
    is_opaque = alpha.getextrema() == (255, 255)
    colour_type, mode = {
        (True, True): (0, "L"),
        (True, False): (4, "LA"),
        (False, True): (2, "RGB"),
        (False, False): (6, "RGBA"),
    }[is_grey, is_opaque]
    if mode == "LA":
        from PIL import Image  # heavy; only with pictures

        reduced = Image.merge("LA", (red, alpha))
    elif mode == "L":
        reduced = red
    else:
        reduced = image if mode == "RGBA" else image.convert("RGB")
    return _Raster(
        width=width,
        height=height,
        colour_type=colour_type,
        depth=8,
        rows=_rows(reduced.tobytes(), height),
        image=reduced,
    )


def _make_palette(image: Any, colours: Sequence[tuple[int, int, int, int]]) -> _Raster:
    width, height = image.size
    # colours that let light through first: tRNS may end at the last of them
    palette = sorted(colours, key=lambda colour: (colour[3] == 255, colour))
    order = {struct.pack("4B", *colour): index for index, colour in enumerate(palette)}
    keys = {int.from_bytes(key, _native()): index for key, index in order.items()}
    indices = bytes(map(keys.__getitem__, memoryview(image.tobytes()).cast("I")))
    count = len(palette)
    depth = 1 if count <= 2 else 2 if count <= 4 else 4 if count <= 16 else 8
    rows = [_pack_bits(row, depth) for row in _rows(indices, height)]
    extra = make_chunk(b"PLTE", b"".join(bytes(colour[:3]) for colour in palette))
    alphas = bytes(colour[3] for colour in palette).rstrip(b"\xff")
    if alphas:
        extra += make_chunk(b"tRNS", alphas)
    return _Raster(
        width=width, height=height, colour_type=3, depth=depth, extra=extra, rows=tuple(rows)
    )


def _native() -> Literal["little", "big"]:
    return sys.byteorder


def _rows(data: bytes, height: int) -> tuple[bytes, ...]:
    stride = len(data) // height
    return tuple(data[at : at + stride] for at in range(0, len(data), stride))


def _pack_bits(row: bytes, depth: int) -> bytes:
    if depth == 8:
        return row
    each = 8 // depth
    row += bytes(-len(row) % each)
    packed = bytes(len(row) // each)
    value = 0
    for lane in range(each):
        # whole rows as one number: shifting it shifts every byte's sample alike
        value |= int.from_bytes(row[lane::each], "big") << (8 - depth * (lane + 1))
    return value.to_bytes(len(packed), "big")


def _pack(raster: _Raster, effort: Effort) -> bytes:
    import deflate  # compiled; only with pictures

    plain = b"".join(b"\0" + row for row in raster.rows)
    streams = [plain]
    if raster.image is not None:
        filtered = _filter_rows(raster, effort)
        streams.append(_choose(filtered))
        if effort == "best":
            streams.extend(
                b"".join(bytes((kind,)) + row for row in rows)
                for kind, rows in filtered.items()
                if kind in (_SUB, _UP, _PAETH)
            )
    elif effort == "best" and raster.depth == 8:
        streams.append(_filter_up(raster.rows))
    if len(streams) > 1:
        # a quick level tells them apart well enough; only the winner is packed hard
        tried = [(len(deflate.zlib_compress(one, 1)), at) for at, one in enumerate(streams)]
        streams = [streams[min(tried)[1]]]
    return bytes(deflate.zlib_compress(streams[0], _LEVEL[effort]))


def _filter_up(rows: Sequence[bytes]) -> bytes:
    """Filter palette rows by the row above: equal icons in a column become zeros."""
    out = [b"\0" + rows[0]]
    for above, row in pairwise(rows):
        same = bytes((now - then) & 255 for now, then in zip(row, above, strict=True))
        out.append(b"\x02" + same)
    return b"".join(out)


def _filter_rows(raster: _Raster, effort: Effort) -> dict[int, tuple[bytes, ...]]:
    """Return every row under each filter (section 9.2), by whole-image arithmetic of Pillow's."""
    from PIL import ImageChops

    image = raster.image
    height = image.height
    left = _shift(image, 1, 0)
    above = _shift(image, 0, 1)
    found = {_NONE: image}
    found[_SUB] = ImageChops.subtract_modulo(image, left)
    found[_UP] = ImageChops.subtract_modulo(image, above)
    if effort == "best":
        # add() with scale 2 cuts to whole numbers, as the specification's floor of the mean
        found[_AVERAGE] = ImageChops.subtract_modulo(image, ImageChops.add(left, above, 2.0))
        corner = _shift(image, 1, 1)
        found[_PAETH] = ImageChops.subtract_modulo(image, _predict(left, above, corner))
    return {kind: _rows(one.tobytes(), height) for kind, one in found.items()}


def _shift(image: Any, right: int, down: int) -> Any:
    from PIL import Image

    moved = Image.new(image.mode, image.size)
    width, height = image.size
    moved.paste(image.crop((0, 0, width - right, height - down)), (right, down))
    return moved


def _predict(left: Any, above: Any, corner: Any) -> Any:
    """Return Paeth's predictor of every sample.

    |p-a| = |b-c|, |p-b| = |a-c| and |p-c| = |a+b-2c|; the last is at least one of the others
    unless c lies between a and b, and there it is ||b-c| - |a-c||.
    """
    from PIL import Image, ImageChops

    bands = []
    for a, b, c in zip(left.split(), above.split(), corner.split(), strict=True):
        to_a, to_b = ImageChops.difference(b, c), ImageChops.difference(a, c)
        low, high = ImageChops.darker(a, b), ImageChops.lighter(a, b)
        # c between a and b (or equal to one): low <= c <= high
        outside = ImageChops.lighter(ImageChops.subtract(low, c), ImageChops.subtract(c, high))
        to_c = ImageChops.difference(to_a, to_b)
        between = outside.point(_IS_ZERO)
        use_c = ImageChops.darker(
            between,
            ImageChops.darker(
                ImageChops.subtract(to_a, to_c).point(_IS_SOME),
                ImageChops.subtract(to_b, to_c).point(_IS_SOME),
            ),
        )
        use_b = ImageChops.subtract(to_a, to_b).point(_IS_SOME)
        band = Image.composite(b, a, use_b)
        bands.append(Image.composite(c, band, use_c))
    return bands[0] if len(bands) == 1 else Image.merge(left.mode, bands)


_IS_ZERO = [255] + [0] * 255
_IS_SOME = [0] + [255] * 255


def _choose(filtered: dict[int, tuple[bytes, ...]]) -> bytes:
    """Take, row by row, the filter with the least sum of absolute values (section 12.7)."""
    kinds = sorted(filtered)
    out = []
    for rows in zip(*(filtered[kind] for kind in kinds), strict=True):
        costs = [sum(row.translate(_COST)) for row in rows]
        at = costs.index(min(costs))
        out.append(bytes((kinds[at],)) + rows[at])
    return b"".join(out)
