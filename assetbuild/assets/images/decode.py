"""Open a picture for its own sake: by its bytes, within a limit, upright.

In: bytes and the name they have. Out: Pillow's image; what the bytes really are.
Refuses to know: what is made of it.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any

from assetbuild.assets.images.settings import kind_of
from assetbuild.assets.sprites.picture import DAMAGE, sniff_format, tell_damaged
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, Severity

_ORIENTATION = 0x0112
_LFS = b"version https://git-lfs"


def sniff(data: bytes) -> str | None:
    """Return Pillow's name of the format that the first bytes tell, or None."""
    if data[4:12] in {b"ftypavif", b"ftypavis"}:
        return "AVIF"
    return sniff_format(data)


def open_image(data: bytes, *, display: str, max_pixels: int, is_asked: bool) -> Any:
    """Return Pillow's image, not decoded yet, after all checks of the header.

    What is wrong is an error where something was asked of the picture, else a warning: either is
    raised. Errors: ``picture/wrong-type``, ``picture/damaged``, ``picture/too-large``,
    ``images/git-lfs-pointer``.
    """
    from PIL import Image  # heavy; only with pictures

    expected, found = kind_of(display), sniff(data)
    if data.startswith(_LFS):
        raise _fail(
            is_asked,
            "images/git-lfs-pointer",
            f'"{display}" is a pointer of Git LFS, not the picture',
            display,
            "fetch it: git lfs pull",
        )
    if found is None or expected is None or found != expected:
        what = f"a {found} file" if found else "no picture" if data else "an empty file"
        raise _fail(
            is_asked,
            "picture/wrong-type",
            f'"{display}" is {what}, not the {expected} that its name says',
            display,
            "rename the file to what it is, or save it again",
        )
    try:
        image = Image.open(io.BytesIO(data), formats=(expected,))
    except Image.DecompressionBombError:
        raise _too_large(is_asked, display, _tell_size(data), max_pixels) from None
    except DAMAGE as failure:
        raise damaged(is_asked, display, failure) from failure
    size = f"{image.width} × {image.height} pixels"
    if image.width * image.height > max_pixels:
        raise _too_large(is_asked, display, size, max_pixels)
    return image


def is_animated(image: Any) -> bool:
    """Tell whether the picture has more than one frame.

    Phones' JPEGs (MPO) hold more pictures, of which the first is the one to see.
    """
    return image.format != "MPO" and getattr(image, "n_frames", 1) > 1


def read_orientation(image: Any) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where none is said."""
    found = image.getexif().get(_ORIENTATION, 1)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def damaged(is_asked: bool, display: str, failure: BaseException) -> AssetbuildError:
    """Return the finding of a picture that cannot be decoded."""
    found = tell_damaged(display, failure)
    return AssetbuildError(replace(found, severity=_severity(is_asked)))


def _tell_size(data: bytes) -> str:
    if data[12:16] == b"IHDR":
        width, height = struct.unpack_from(">II", data, 16)
        return f"{width} × {height} pixels"
    return "far more pixels"


def _too_large(is_asked: bool, display: str, size: str, max_pixels: int) -> AssetbuildError:
    return _fail(
        is_asked,
        "picture/too-large",
        f'"{display}" has {size}, over the limit of {max_pixels // 1_000_000} million that are'
        " decoded" + ("" if is_asked else "; it is copied as it is"),
        display,
        "make it smaller, raise [images] max-megapixels, or leave it alone: [[image]] lossless = false",
    )


def _severity(is_asked: bool) -> Severity:
    return Severity.ERROR if is_asked else Severity.WARNING


def _fail(is_asked: bool, code: str, message: str, display: str, hint: str) -> AssetbuildError:
    return AssetbuildError(
        Diagnostic(
            severity=_severity(is_asked),
            code=code,
            message=message,
            location=Location(file=display),
            hint=hint,
        )
    )
