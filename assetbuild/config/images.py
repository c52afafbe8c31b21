"""Settings of sprites, images and precompressed variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assetbuild.config.settings import required, setting


@dataclass(frozen=True, kw_only=True)
class SpriteConfig:
    """One sprite sheet (one for each pixel ratio)."""

    name: str = required("Name of the sheet; sources import sprites/<name>.", example='"icons"')
    files: tuple[str, ...] = setting((), "Globs of the pictures; empty: sprites/<name>/*.")
    padding: int = setting(2, "Empty pixels round each picture at ratio 1.")


@dataclass(frozen=True, kw_only=True)
class ImageRuleConfig:
    """What to do with the pictures that match a glob."""

    glob: str = required("Glob of logical paths.", example='"photos/**"')
    lossless: bool = setting(True, "Recompress without changing a pixel.")


@dataclass(frozen=True, kw_only=True)
class VariantsConfig:
    """Precompressed siblings of compressible outputs."""

    codings: tuple[Literal["gzip", "br", "zstd"], ...] = setting(
        ("gzip", "br"), "Content codings to write.", example='["gzip", "br", "zstd"]'
    )
    profile: Literal["auto", "fast", "best", "off"] = setting(
        "auto", "Effort; auto: best for compile, fast under --watch and the dev server."
    )
