"""Decode one picture for a sheet: 8 bit RGBA, upright, and everything lost on the way told.

In: the bytes of a file and its name. Out: a Picture and warnings. Pillow is the only decoder.
Refuses to know: sheets and names of classes.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from assetbuild.assets.sprites.png import SIGNATURE
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error, warning

# 64 megapixels are 256 MB of RGBA: more than any icon, photo or screenshot, and it fits a dyno
MAX_PIXELS = 64_000_000
# all pictures of a sprite lie in memory at once: 1 GB of RGBA
MAX_TOTAL_PIXELS = 256_000_000

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (SIGNATURE, "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
FORMATS = {".png": "PNG", ".apng": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF"}
EXTENSIONS = tuple(FORMATS)
DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error),
    # libavif's wrapper, and what readers of headers raise who trust their numbers
    *(RuntimeError, IndexError, KeyError, TypeError, OverflowError),
)
"""What Pillow's decoders raise for files that are not whole."""
_Key = TypeVar("_Key", bound=Hashable)
_EXIF_KEYS = {"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A decoded picture."""

    width: int  # pixels, at least 1
    height: int  # pixels, at least 1
    image: Any  # Pillow's, mode RGBA
    diagnostics: tuple[Diagnostic, ...]  # warnings


def require_pillow() -> None:
    """Fail with the command to run where Pillow is missing. Errors: ``picture/no-library``."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError as failure:
        raise AssetbuildError(
            error(
                "picture/no-library",
                "sprites and pictures need Pillow, which is not installed",
                hint="pip install --force-reinstall pillow",
            )
        ) from failure


def sniff_format(data: bytes) -> str | None:
    """Return Pillow's name of the format that the first bytes tell, or None."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def open_picture(data: bytes, *, file: str) -> Any:
    """Return Pillow's image, its pixels not decoded yet, after all checks of the header.

    Errors: ``picture/wrong-type``, ``picture/damaged``, ``picture/too-large``.
    """
    from PIL import Image, UnidentifiedImageError  # heavy; only with pictures

    where = Location(file=file)
    extension = "." + file.rpartition(".")[2].lower()
    expected = FORMATS.get(extension)
    found = sniff_format(data)
    if expected is None or (found is not None and found != expected):
        raise AssetbuildError(
            error(
                "picture/wrong-type",
                f'"{file}" is {found or "of no format that a sheet can take"}, not {expected or "PNG, JPEG or GIF"}',
                location=where,
                hint="rename the file to what it is, or save it again",
            )
        )
    try:
        with warnings.catch_warnings():
            # Pillow only warns between one and two times its own limit; ours is below it
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=(expected,))
    except Image.DecompressionBombError as failure:
        raise AssetbuildError(_tell_too_large(file, "far")) from failure
    except UnidentifiedImageError as failure:
        # Pillow's text names an object at an address
        reason = ValueError(f"it does not begin as a {expected} does")
        raise AssetbuildError(tell_damaged(file, reason)) from failure
    except DAMAGE as failure:
        raise AssetbuildError(tell_damaged(file, failure)) from failure
    if image.width * image.height > MAX_PIXELS:
        raise AssetbuildError(_tell_too_large(file, f"{image.width} × {image.height} pixels,"))
    if image.width < 1 or image.height < 1:
        raise AssetbuildError(tell_damaged(file, ValueError("it has no pixels")))
    return image


def decode_picture(data: bytes, *, file: str) -> Picture:
    """Decode a picture to RGBA. Errors: those of open_picture."""
    from PIL import Image, ImageOps

    image = open_picture(data, file=file)
    told: list[Diagnostic] = []
    where = Location(file=file)
    try:
        if getattr(image, "n_frames", 1) > 1:
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
        if image.mode in {"CMYK", "YCCK"} or _is_16_bit(image, data):
            what = "CMYK" if image.mode == "CMYK" else "16 bits a channel"
            told.append(
                warning(
                    "picture/reduced",
                    f'"{file}" has {what}; the sheet has 8 bit RGB',
                    location=where,
                )
            )
        converted = _to_rgba(image)
        # getexif() costs as much as decoding an icon: only where there can be one
        if _EXIF_KEYS & image.info.keys() and image.getexif().get(0x0112, 1) != 1:
            converted = ImageOps.exif_transpose(_with_exif(converted, image))
    except (*DAMAGE, Image.DecompressionBombError) as failure:
        raise AssetbuildError(tell_damaged(file, failure)) from failure
    return Picture(
        width=converted.width, height=converted.height, image=converted, diagnostics=tuple(told)
    )


def decode_pictures(
    files: Iterable[tuple[_Key, bytes, str]], *, sprite: str
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
            picture = decode_picture(data, file=file)
        except AssetbuildError as failure:
            told.extend(failure.diagnostics)
            continue
        told.extend(picture.diagnostics)
        pixels += picture.width * picture.height
        if pixels > MAX_TOTAL_PIXELS:
            raise AssetbuildError(_tell_too_many(sprite))
        found[key] = picture
    return found, told


def _with_exif(converted: Any, image: Any) -> Any:
    converted.getexif()[0x0112] = image.getexif()[0x0112]
    return converted


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


def _is_16_bit(image: Any, data: bytes) -> bool:
    # the depth stands in IHDR: PNG section 11.2.1
    return image.format == "PNG" and data[24:25] == b"\x10"


def _has_other_profile(image: Any) -> bool:
    profile = image.info.get("icc_profile")
    if profile:
        # the description tag of every sRGB profile in use says so, in ASCII or UTF-16
        return b"sRGB" not in profile and "sRGB".encode("utf-16-be") not in profile
    gamma = image.info.get("gamma")
    return gamma is not None and "srgb" not in image.info and abs(gamma - 0.45455) > 0.01


def tell_damaged(file: str, failure: BaseException) -> Diagnostic:
    """Return the error of a picture that cannot be decoded."""
    return error(
        "picture/damaged",
        f'cannot decode "{file}": {failure}',
        location=Location(file=file),
        hint="open it in an image editor and save it again",
    )


def _tell_too_many(sprite: str) -> Diagnostic:
    return error(
        "picture/too-large",
        f'the pictures of the sprite "{sprite}" have more than {MAX_TOTAL_PIXELS // 1_000_000} million pixels together',
        hint="make two sprites of it; photographs are better served one by one",
    )


def _tell_too_large(file: str, size: str) -> Diagnostic:
    return error(
        "picture/too-large",
        f'"{file}" has {size} more than the {MAX_PIXELS // 1_000_000} million pixels that are ever decoded',
        location=Location(file=file),
        hint="make the picture smaller, or leave it out: [assets] exclude",
    )
