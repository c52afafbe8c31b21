"""Settings of sprites and precompressed variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assetbuild.config.forms import GLOB
from assetbuild.config.settings import required, setting


@dataclass(frozen=True, kw_only=True)
class SpriteConfig:
    """One sprite sheet (one for each pixel ratio)."""

    name: str = required("Name of the sheet; sources import sprites/<name>.", example='"icons"')
    files: tuple[str, ...] = setting(
        (),
        "Globs of pictures, by logical path; `@2x` before the extension or at a folder's end is ratio 2. Empty: `sprites/<name>/*` and `sprites/<name>@2x/*`.",
        example='["img/flags/*.png"]',
        form=GLOB,
    )
    kind: Literal["raster", "svg"] = setting(
        "raster", "raster: a sheet of pixels; svg: one file of symbols."
    )
    layout: Literal["packed", "repeat-x", "repeat-y"] = setting(
        "packed",
        "packed: least waste; repeat-x: one below the other, each tiled over the sheet's width, so that a background can repeat along x; repeat-y: the same, turned.",
    )
    padding: int = setting(2, "Empty pixels between pictures at ratio 1; they grow with the ratio.")
    extrude: int = setting(
        0,
        "Pixels at ratio 1 by which edges are continued into the padding, against bleeding when scaled.",
    )
    trim: bool = setting(False, "Leave out fully transparent borders; offsets make up for them.")
    max_width: int = setting(2048, "Pixels of a sheet's width at ratio 1.", least=1)
    max_height: int = setting(
        4096, "Pixels of a sheet's height at ratio 1; more pictures go to a further sheet.", least=1
    )
    class_prefix: str = setting(
        "", "What stands before a picture's name in class names; empty: `<name>-`."
    )
    formats: tuple[Literal["scss", "less", "css", "json"], ...] = setting(
        ("scss", "less", "css", "json"), "Texts written beside the sheet."
    )


@dataclass(frozen=True, kw_only=True)
class VariantsConfig:
    """Precompressed siblings of compressible outputs."""

    codings: tuple[Literal["gzip", "br", "zstd"], ...] = setting(
        ("gzip", "br"), "Content codings to write.", example='["gzip", "br", "zstd"]'
    )
    profile: Literal["auto", "fast", "best", "off"] = setting(
        "auto",
        "Effort; auto: best with `assetbuild compile --release`, as bin/compile and the slug build do, else fast.",
    )
    exclude: tuple[str, ...] = setting(
        (),
        "Globs of outputs, by logical path, that get no variants.",
        example='["**/*.map"]',
        form=GLOB,
    )
    min_saving: int = setting(
        5, "Percent by which a variant must be smaller than the file to be kept.", most=100
    )
