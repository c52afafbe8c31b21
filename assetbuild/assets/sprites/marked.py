"""Draw the sheets of marked pictures: one set for each sprite, pixel ratio and way to repeat.

In: pictures that style sheets mark, with the settings of their sprite. Out: a SheetSet and its
files. Refuses to know: style sheets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assetbuild.assets.images.decode import require_pillow
from assetbuild.assets.sprites.layout import Arrangement
from assetbuild.assets.sprites.picture import Picture, decode_pictures
from assetbuild.assets.sprites.sheet import Cell, DrawSettings, SheetSet, draw_sheets
from assetbuild.config.images import SpriteConfig
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error
from assetbuild.jsontype import Json

REVISION = 2  # bumped when the same pictures are laid out otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPicture:
    """One picture to draw."""

    data: bytes  # of its file
    display: str  # as messages show it


def name_set(config: SpriteConfig, arrangement: Arrangement) -> SpriteConfig:
    """Return the settings of one set of a sprite; a repeating one has a file of its own."""
    name = config.name if arrangement == "packed" else f"{config.name}-{arrangement}"
    # a trimmed picture would show its neighbours where its own border was
    return dataclasses.replace(config, name=name, layout=arrangement, trim=False, files=())


def draw_marked(
    pictures: Mapping[str, MarkedPicture],
    config: SpriteConfig,
    *,
    ratio: int,
    drawing: DrawSettings,
) -> tuple[SheetSet, Mapping[str, bytes], tuple[Diagnostic, ...]]:
    """Return the set, its PNG files and warnings; ``pictures`` is by logical path.

    Errors, all at once: those of picture, ``sprite/ratio-mismatch``, ``sprite/too-large``.
    """
    require_pillow()
    found, told = decode_pictures(
        ((name, one.data, one.display) for name, one in sorted(pictures.items())),
        sprite=config.name,
        max_pixels=drawing.max_pixels,
    )
    decoded: dict[str, dict[int, Picture]] = {}
    for name, picture in found.items():
        side = {"repeat-x": picture.width, "repeat-y": picture.height}.get(config.layout, ratio)
        if side % ratio:
            told.append(
                error(
                    "sprite/ratio-mismatch",
                    f'"{pictures[name].display}" has {side} pixels along {config.layout}, which is no multiple of its ratio {ratio}',
                    location=Location(file=pictures[name].display),
                    hint="a tile must be whole CSS pixels long",
                )
            )
        decoded[name] = {ratio: _fill_up(picture, ratio)}
    if any(one.is_error for one in told):
        raise AssetbuildError(*told)
    made, files = draw_sheets(decoded, config, effort=drawing.effort)
    return made, files, tuple(told)


def _fill_up(picture: Picture, ratio: int) -> Picture:
    """Return the picture with transparent pixels up to whole CSS pixels."""
    from PIL import Image  # heavy; only with pictures

    width, height = (-(-one // ratio) * ratio for one in (picture.width, picture.height))
    if (width, height) == (picture.width, picture.height):
        return picture
    canvas: Any = Image.new("RGBA", (width, height))
    canvas.paste(picture.image, (0, 0))
    return dataclasses.replace(picture, width=width, height=height, image=canvas)


def dump_set(made: SheetSet) -> Json:
    """Return a set as JSON, for the cache."""
    return {
        "name": made.name,
        "ratios": [*made.ratios],
        "sizes": [[*one] for one in made.sizes],
        "cells": [[*dataclasses.astuple(one)] for one in made.cells],
        "waste": made.waste,
        "layout": made.layout,
    }


def parse_set(value: Any) -> SheetSet:
    """Return what dump_set was given."""
    return SheetSet(
        name=value["name"],
        ratios=tuple(value["ratios"]),
        sizes=tuple((width, height) for width, height in value["sizes"]),
        cells=tuple(
            Cell(**dict(zip((one.name for one in dataclasses.fields(Cell)), row, strict=True)))
            for row in value["cells"]
        ),
        waste=value["waste"],
        layout=value["layout"],
    )
