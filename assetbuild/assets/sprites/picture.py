"""Decode one picture for a sheet: 8 bit RGBA, upright, and everything lost on the way told.

In: the bytes of a file and its name. Out: a Picture and warnings.
Refuses to know: sheets and names of classes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from assetbuild.assets.images.decode import (
    DAMAGE,
    MAX_PIXELS,
    ORIENTATION,
    is_animated,
    open_image,
    read_orientation,
    tell_damaged,
)
from assetbuild.assets.images.kinds import is_16_bit
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error, warning

# all pictures of a sprite lie in memory at once: 1 GB of RGBA
MAX_TOTAL_PIXELS = 256_000_000
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A decoded picture."""

    width: int  # pixels, at least 1
    height: int  # pixels, at least 1
    image: Any  # Pillow's, mode RGBA
    diagnostics: tuple[Diagnostic, ...]  # warnings


def decode_picture(data: bytes, *, file: str, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode a picture to RGBA. Errors: those of open_image."""
    from PIL import Image, ImageOps

    image = open_image(data, file=file, max_pixels=max_pixels)
    told: list[Diagnostic] = []
    where = Location(file=file)
    try:
        if is_animated(image):
            told.append(
                warning(
                    "picture/animated",
                    f'"{file}" has {image.n_frames} frames; the sheet shows the first',
                    location=where,
                )
            )
            image.seek(0)
        image.load()
        if _has_other_profile(image):
            told.append(
                warning(
                    "picture/colour-profile",
                    f'the colours of "{file}" are not sRGB; they will look a little different',
                    location=where,
                    hint="convert the picture to sRGB",
                )
            )
        if image.mode in {"CMYK", "YCCK"} or is_16_bit(data):
            what = "CMYK" if image.mode == "CMYK" else "16 bits a channel"
            told.append(
                warning(
                    "picture/reduced",
                    f'"{file}" has {what}; the sheet has 8 bit RGB',
                    location=where,
                )
            )
        converted = _to_rgba(image)
        orientation = read_orientation(image)
        if orientation != 1:
            # one that is merged of its bands lost it
            converted.getexif()[ORIENTATION] = orientation
            converted = ImageOps.exif_transpose(converted)
    except (*DAMAGE, Image.DecompressionBombError) as failure:
        raise AssetbuildError(tell_damaged(file, failure)) from failure
    return Picture(
        width=converted.width, height=converted.height, image=converted, diagnostics=tuple(told)
    )


def decode_pictures(
    files: Iterable[tuple[_Key, bytes, str]], *, sprite: str, max_pixels: int
) -> tuple[dict[_Key, Picture], list[Diagnostic]]:
    """Decode the pictures of a sprite, each given as key, bytes and the name messages show.

    What is wrong with single ones is among the diagnostics, and they are left out. Errors:
    ``picture/too-large`` (all of them together).
    """
    found: dict[_Key, Picture] = {}
    told: list[Diagnostic] = []
    pixels = 0
    for key, data, file in files:
        try:
            picture = decode_picture(data, file=file, max_pixels=max_pixels)
        except AssetbuildError as failure:
            told.extend(failure.diagnostics)
            continue
        told.extend(picture.diagnostics)
        pixels += picture.width * picture.height
        if pixels > MAX_TOTAL_PIXELS:
            raise AssetbuildError(_tell_too_many(sprite))
        found[key] = picture
    return found, told


def _to_rgba(image: Any) -> Any:
    from PIL import Image

    if not image.mode.startswith("I;16") and image.mode != "I":
        return image.convert("RGBA")
    # Pillow clips 16 bit grey to 255 where the high byte is meant
    wide = image.convert("I;16") if image.mode == "I" else image
    data = wide.tobytes()
    low, high = (1, 0) if wide.mode == "I;16B" else (0, 1)
    grey = Image.frombytes("L", wide.size, data[high::2])
    alpha = Image.new("L", wide.size, 255)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        mask = bytes(
            0 if big << 8 | small == clear else 255
            for big, small in zip(data[high::2], data[low::2], strict=True)
        )
        alpha = Image.frombytes("L", wide.size, mask)
    return Image.merge("RGBA", (grey, grey, grey, alpha))


def _has_other_profile(image: Any) -> bool:
    profile = image.info.get("icc_profile")
    if profile:
        # the description tag of every sRGB profile in use says so, in ASCII or UTF-16
        return b"sRGB" not in profile and "sRGB".encode("utf-16-be") not in profile
    gamma = image.info.get("gamma")
    return gamma is not None and "srgb" not in image.info and abs(gamma - 0.45455) > 0.01


def _tell_too_many(sprite: str) -> Diagnostic:
    return error(
        "picture/too-large",
        f'the pictures of the sprite "{sprite}" have more than {MAX_TOTAL_PIXELS // 1_000_000} million pixels together',
        hint="make two sprites of it; photographs are better served one by one",
    )
