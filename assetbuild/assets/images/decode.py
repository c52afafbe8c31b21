"""Open a picture: by its bytes, within a limit, upright.

In: bytes and the name they have. Out: Pillow's image, its pixels not decoded yet. Pillow is the only
decoder. Refuses to know: what is made of it.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import Any

from assetbuild.assets.images.kinds import kind_of, sniff_kind
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error

# 64 megapixels are 256 MB of RGBA: more than any icon, photo or screenshot, and it fits a dyno
MAX_PIXELS = 64_000_000
"""The limit where [images] max-megapixels says no other."""

DAMAGE = (
    *(OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error),
    # libavif's wrapper, and what readers of headers raise who trust their numbers
    *(RuntimeError, IndexError, KeyError, TypeError, OverflowError),
)
"""What Pillow's decoders raise for files that are not whole."""
_LFS = b"version https://git-lfs"
ORIENTATION = 0x0112  # its tag in EXIF
# where Pillow's getexif() finds an orientation
_EXIF_KEYS = frozenset({"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"})


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


def open_image(data: bytes, *, file: str, max_pixels: int) -> Any:
    """Return Pillow's image, not decoded yet, after all checks of the header.

    ``file`` is the name that messages show. Errors: ``images/git-lfs-pointer``,
    ``picture/wrong-type``, ``picture/damaged``, ``picture/too-large``.
    """
    from PIL import Image, UnidentifiedImageError  # heavy; only with pictures

    expected = _check_kind(data, file)
    try:
        with warnings.catch_warnings():
            # Pillow only warns between one and two times its own limit; ours is below it
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=(expected,))
    except Image.DecompressionBombError:
        raise AssetbuildError(_tell_too_large(file, _read_size(data), max_pixels)) from None
    except UnidentifiedImageError as failure:
        # Pillow's text names an object at an address
        reason = ValueError(f"after its first bytes it is no {expected}")
        raise AssetbuildError(tell_damaged(file, reason)) from failure
    except DAMAGE as failure:
        raise AssetbuildError(tell_damaged(file, failure)) from failure
    if image.width * image.height > max_pixels:
        size = f"{image.width} × {image.height} pixels"
        raise AssetbuildError(_tell_too_large(file, size, max_pixels))
    if image.width < 1 or image.height < 1:
        raise AssetbuildError(tell_damaged(file, ValueError("it has no pixels")))
    return image


def _check_kind(data: bytes, file: str) -> str:
    expected, found = kind_of(file), sniff_kind(data)
    if data.startswith(_LFS):
        raise AssetbuildError(
            error(
                "images/git-lfs-pointer",
                f'"{file}" is a pointer of Git LFS, not the picture',
                location=Location(file=file),
                hint="fetch it: git lfs pull",
            )
        )
    if found is None or expected is None or found != expected:
        article = "an" if found == "AVIF" else "a"
        what = f"{article} {found} file" if found else "no picture" if data else "an empty file"
        raise AssetbuildError(
            error(
                "picture/wrong-type",
                f'"{file}" is {what}, not the {expected or "picture"} that its name says',
                location=Location(file=file),
                hint="rename the file to what it is, or save it again",
            )
        )
    return expected


def is_animated(image: Any) -> bool:
    """Tell whether the picture has more than one frame.

    Phones' JPEGs (MPO) hold more pictures, of which the first is the one to see.
    """
    return image.format != "MPO" and getattr(image, "n_frames", 1) > 1


def read_orientation(image: Any) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where none is said."""
    # getexif() costs as much as decoding an icon: only where there can be one
    if not _EXIF_KEYS & image.info.keys():
        return 1
    found = image.getexif().get(ORIENTATION, 1)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def tell_damaged(file: str, failure: BaseException) -> Diagnostic:
    """Return the error of a picture that cannot be decoded."""
    return error(
        "picture/damaged",
        f'cannot decode "{file}": {failure}',
        location=Location(file=file),
        hint="open it in an image editor and save it again",
    )


def _read_size(data: bytes) -> str:
    if data[12:16] == b"IHDR":
        width, height = struct.unpack_from(">II", data, 16)
        return f"{width} × {height} pixels"
    return "far more pixels"


def _tell_too_large(file: str, size: str, max_pixels: int) -> Diagnostic:
    return error(
        "picture/too-large",
        f'"{file}" has {size}, over the limit of {max_pixels // 1_000_000} million that are decoded',
        location=Location(file=file),
        hint="make it smaller, raise [images] max-megapixels, or leave it out: [assets] exclude",
    )
