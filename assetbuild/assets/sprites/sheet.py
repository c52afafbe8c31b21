"""Draw sheets: pictures of every pixel ratio at the places that one layout gives.

In: decoded pictures by name and ratio, and the settings of a sheet. Out: PNG bytes and numbers.
Refuses to know: files, text formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assetbuild.assets.images.decode import MAX_PIXELS
from assetbuild.assets.images.png_encoder import Effort, encode_png
from assetbuild.assets.sprites.layout import Arrangement, Box, Placement, arrange, find_waste
from assetbuild.assets.sprites.picture import Picture
from assetbuild.config.images import SpriteConfig
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawSettings:
    """What is common to all sheets of a build."""

    effort: Effort = "best"  # of making the files small
    max_pixels: int = MAX_PIXELS  # above it a picture is never decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One picture on its sheet; all numbers at ratio 1."""

    name: str  # as in class names, before the prefix
    sheet: int  # index of the sheet
    x: int  # of what is drawn
    y: int  # of what is drawn
    width: int  # of what is drawn
    height: int  # of what is drawn
    offset_x: int = 0  # transparent pixels trimmed at the left
    offset_y: int = 0  # transparent pixels trimmed at the top
    full_width: int = 0  # of the picture before trimming
    full_height: int = 0  # of the picture before trimming

    @property
    def is_trimmed(self) -> bool:
        """Transparent borders were left out."""
        return (self.width, self.height) != (self.full_width, self.full_height)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSet:
    """Everything that the texts tell of a sprite."""

    name: str  # of the sprite: "icons"
    ratios: tuple[int, ...]  # sorted: (1, 2)
    sizes: tuple[tuple[int, int], ...]  # of each sheet at ratio 1
    cells: tuple[Cell, ...]  # sorted by name
    waste: float  # part of the area that no picture covers
    layout: Arrangement = "packed"  # repeat-x and -y: pictures are tiled over that side

    @property
    def repeat(self) -> str:
        """The value of background-repeat."""
        return "no-repeat" if self.layout == "packed" else self.layout

    @property
    def sides(self) -> tuple[str, ...]:
        """The properties that make an element as large as its picture: none along a repeat."""
        return {"packed": ("width", "height"), "repeat-x": ("height",), "repeat-y": ("width",)}[
            self.layout
        ]

    def file_name(self, sheet: int, ratio: int) -> str:
        """Return the name of a sheet's file: ``icons.png``, ``icons-2@2x.png``."""
        further = f"-{sheet + 1}" if sheet else ""
        return f"{self.name}{further}{f'@{ratio}x' if ratio > 1 else ''}.png"


def draw_sheets(
    pictures: Mapping[str, Mapping[int, Picture]], config: SpriteConfig, *, effort: Effort
) -> tuple[SheetSet, Mapping[str, bytes]]:
    """Return the set and its PNG files by name.

    ``pictures``: name -> ratio -> picture; every name has the same ratios, each size an exact
    multiple of ratio 1's (the caller checks). Errors: ``sprite/too-large``.
    """
    ratios = tuple(sorted({ratio for some in pictures.values() for ratio in some}))
    boxes: dict[str, tuple[int, int, int, int]] = {}
    for name, some in sorted(pictures.items()):
        boxes[name] = _find_box(some, is_trimmed=config.trim)
    problems = _find_too_large(boxes, config)
    if problems:
        raise AssetbuildError(*problems)
    layout = arrange(
        [Box(name, right - left, low - top) for name, (left, top, right, low) in boxes.items()],
        arrangement=config.layout,
        gap=config.padding + 2 * config.extrude,
        max_width=config.max_width,
        max_height=config.max_height,
    )
    # a tiled side goes from edge to edge and bleeds into itself: nothing to extrude there
    edges = (
        config.extrude if config.layout != "repeat-x" else 0,
        config.extrude if config.layout != "repeat-y" else 0,
    )
    cells = tuple(
        _make_cell(one, boxes[one.name], pictures[one.name], edges) for one in layout.placements
    )
    sizes = tuple((width + 2 * edges[0], height + 2 * edges[1]) for width, height in layout.sizes)
    made = SheetSet(
        name=config.name,
        ratios=ratios,
        sizes=sizes,
        cells=cells,
        waste=find_waste(sizes, layout.placements),
        layout=config.layout,
    )
    files = {
        made.file_name(sheet, ratio): encode_png(
            _draw(made, sheet, ratio, pictures, config), effort=effort
        )
        for sheet in range(len(sizes))
        for ratio in ratios
    }
    return made, files


def _find_box(some: Mapping[int, Picture], *, is_trimmed: bool) -> tuple[int, int, int, int]:
    """Return what is drawn of a picture, at ratio 1: left, top, right, bottom."""
    base = min(some)
    full = (0, 0, some[base].width // base, some[base].height // base)
    if not is_trimmed:
        return full
    found: list[tuple[int, int, int, int]] = []
    for ratio, picture in some.items():
        box = picture.image.getchannel("A").getbbox()
        if box is not None:
            left, top, right, low = box
            found.append((left // ratio, top // ratio, -(-right // ratio), -(-low // ratio)))
    if not found:
        return (0, 0, 1, 1)  # all transparent: one pixel stands for it
    return (
        min(one[0] for one in found),
        min(one[1] for one in found),
        max(one[2] for one in found),
        max(one[3] for one in found),
    )


def _find_too_large(
    boxes: Mapping[str, tuple[int, int, int, int]], config: SpriteConfig
) -> list[Diagnostic]:
    limits = (config.max_width - 2 * config.extrude, config.max_height - 2 * config.extrude)
    return [
        error(
            "sprite/too-large",
            f'the picture "{name}" of the sprite "{config.name}" has {right - left} × {low - top} pixels; a sheet may have {config.max_width} × {config.max_height}',
            hint="raise max-width and max-height, or leave the picture out",
        )
        for name, (left, top, right, low) in boxes.items()
        if right - left > limits[0] or low - top > limits[1]
    ]


def _make_cell(
    place: Placement,
    box: tuple[int, int, int, int],
    some: Mapping[int, Picture],
    edges: tuple[int, int],
) -> Cell:
    base = min(some)
    return Cell(
        name=place.name,
        sheet=place.sheet,
        x=place.x + edges[0],
        y=place.y + edges[1],
        width=place.width,
        height=place.height,
        offset_x=box[0],
        offset_y=box[1],
        full_width=some[base].width // base,
        full_height=some[base].height // base,
    )


def _draw(
    made: SheetSet,
    sheet: int,
    ratio: int,
    pictures: Mapping[str, Mapping[int, Picture]],
    config: SpriteConfig,
) -> Any:
    from PIL import Image  # heavy; only with pictures

    width, height = (one * ratio for one in made.sizes[sheet])
    canvas = Image.new("RGBA", (width, height))
    for cell in made.cells:
        if cell.sheet != sheet:
            continue
        image = pictures[cell.name][ratio].image
        if config.trim:
            image = image.crop(
                (
                    cell.offset_x * ratio,
                    cell.offset_y * ratio,
                    (cell.offset_x + cell.width) * ratio,
                    (cell.offset_y + cell.height) * ratio,
                )
            )
        left, top = cell.x * ratio, cell.y * ratio
        if config.layout != "packed":
            image = _tile(image, width if config.layout == "repeat-x" else height, config.layout)
        if config.extrude:
            _extrude(canvas, image, left, top, config.extrude * ratio)
        canvas.paste(image, (left, top))
    return canvas


def _tile(image: Any, length: int, layout: Arrangement) -> Any:
    """Return the picture again and again along one side."""
    from PIL import Image  # heavy; only with pictures

    is_row = layout == "repeat-x"
    tiled = Image.new("RGBA", (length, image.height) if is_row else (image.width, length))
    for at in range(0, length, image.width if is_row else image.height):
        tiled.paste(image, (at, 0) if is_row else (0, at))
    return tiled


def _extrude(canvas: Any, image: Any, left: int, top: int, by: int) -> None:
    """Continue the picture's edges, corners too, so that scaling blends it with itself."""
    width, height = image.size
    for x, source_x, run_x in ((-by, 0, by), (0, None, width), (width, width - 1, by)):
        for y, source_y, run_y in ((-by, 0, by), (0, None, height), (height, height - 1, by)):
            if source_x is None and source_y is None:
                continue
            x0, x1 = (0, width) if source_x is None else (source_x, source_x + 1)
            y0, y1 = (0, height) if source_y is None else (source_y, source_y + 1)
            part = image.crop((x0, y0, x1, y1)).resize((run_x, run_y), 0)  # 0: nearest
            canvas.paste(part, (left + x, top + y))
