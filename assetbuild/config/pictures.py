"""Settings of pictures: lossless recompression, siblings in other formats, widths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assetbuild.config.forms import GLOB
from assetbuild.config.settings import required, setting

PictureFormat = Literal["avif", "webp"]

_MAX_WIDTH = 16_383  # pixels: WebP's own limit
_MAX_MEGAPIXELS = 178  # Pillow itself refuses more than twice its own limit


@dataclass(frozen=True, kw_only=True)
class ImagesConfig:
    """What is done to every picture; an [[image]] table says otherwise for a glob."""

    lossless: bool = setting(
        True, "Recompress PNG and JPEG without changing a pixel, where that is smaller."
    )
    strip: bool = setting(
        False,
        "Remove metadata that tells of a place, a person or a camera (EXIF, XMP, IPTC, comments); the orientation is applied and the colour profile kept.",
    )
    formats: tuple[PictureFormat, ...] = setting(
        (),
        "Siblings to make of PNG, JPEG and GIF, kept where they are smaller than the picture.",
        example='["avif", "webp"]',
    )
    widths: tuple[int, ...] = setting(
        (),
        "Widths in pixels to make of PNG, JPEG and WebP for srcset; never wider than the picture.",
        example="[480, 960, 1440]",
        least=1,
        most=_MAX_WIDTH,
    )
    jpeg_quality: int = setting(82, "Quality of JPEG widths.", least=1, most=100)
    webp_quality: int = setting(
        80,
        "Quality of WebP made of JPEG; WebP made of PNG and GIF is lossless.",
        least=1,
        most=100,
    )
    avif_quality: int = setting(60, "Quality of AVIF.", least=1, most=100)
    max_megapixels: int = setting(
        64,
        "Million pixels above which a picture is never decoded.",
        least=1,
        most=_MAX_MEGAPIXELS,
    )


@dataclass(frozen=True, kw_only=True)
class ImageRuleConfig:
    """What is done to the pictures that match a glob; later tables win."""

    glob: str = required("Glob of logical paths.", example='"img/photos/**"', form=GLOB)
    lossless: bool | None = setting(None, "Overrides images.lossless.")
    strip: bool | None = setting(None, "Overrides images.strip.")
    formats: tuple[PictureFormat, ...] | None = setting(None, "Overrides images.formats.")
    widths: tuple[int, ...] | None = setting(
        None, "Overrides images.widths.", least=1, most=_MAX_WIDTH
    )
    jpeg_quality: int | None = setting(None, "Overrides images.jpeg-quality.", least=1, most=100)
    webp_quality: int | None = setting(None, "Overrides images.webp-quality.", least=1, most=100)
    avif_quality: int | None = setting(None, "Overrides images.avif-quality.", least=1, most=100)
    max_megapixels: int | None = setting(
        None, "Overrides images.max-megapixels.", least=1, most=_MAX_MEGAPIXELS
    )
