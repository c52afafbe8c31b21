"""Settings of pictures: lossless recompression, siblings in other formats, widths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assetbuild.config.settings import required, setting

PictureFormat = Literal["avif", "webp"]


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
    )
    jpeg_quality: int = setting(82, "Quality of JPEG widths, 1 to 100.")
    webp_quality: int = setting(
        80, "Quality of WebP made of JPEG, 1 to 100; WebP made of PNG and GIF is lossless."
    )
    avif_quality: int = setting(60, "Quality of AVIF, 1 to 100.")
    max_megapixels: int = setting(
        64, "Million pixels, at most 178, above which a picture is never decoded."
    )


@dataclass(frozen=True, kw_only=True)
class ImageRuleConfig:
    """What is done to the pictures that match a glob; later tables win."""

    glob: str = required("Glob of logical paths.", example='"img/photos/**"')
    lossless: bool | None = setting(None, "Overrides images.lossless.")
    strip: bool | None = setting(None, "Overrides images.strip.")
    formats: tuple[PictureFormat, ...] | None = setting(None, "Overrides images.formats.")
    widths: tuple[int, ...] | None = setting(None, "Overrides images.widths.")
    jpeg_quality: int | None = setting(None, "Overrides images.jpeg-quality.")
    webp_quality: int | None = setting(None, "Overrides images.webp-quality.")
    avif_quality: int | None = setting(None, "Overrides images.avif-quality.")
    max_megapixels: int | None = setting(None, "Overrides images.max-megapixels.")
