"""Make all that is wanted of one picture: the smaller file, its siblings, its widths.

In: a picture's bytes, its name, settings. Out: bytes, sizes and findings. Pure; runs in workers.
"""

from __future__ import annotations

import posixpath
import warnings
from dataclasses import dataclass, replace
from typing import Any

from assetbuild.assets.images.decode import (
    DAMAGE,
    is_animated,
    open_image,
    read_orientation,
    require_pillow,
    tell_damaged,
)
from assetbuild.assets.images.encode import encode, normalise, resize
from assetbuild.assets.images.jpeg import find_end, has_more_pictures, shrink_jpeg, turn_jpeg
from assetbuild.assets.images.kinds import is_16_bit, kind_of
from assetbuild.assets.images.png import shrink_png
from assetbuild.assets.images.png_encoder import REVISION as PNG_REVISION
from assetbuild.assets.images.settings import PictureSettings
from assetbuild.assets.images.webp import strip_webp
from assetbuild.assets.tools.distributions import installed_version
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    Severity,
    error,
    warning,
)
from assetbuild.media import guess_media_type

REVISION = 1  # bumped when the same picture gives other bytes for another reason than a library

_LIBRARIES = ("pillow", "deflate", "mozjpeg-lossless-optimization")
_KINDS = {"avif": "AVIF", "webp": "WEBP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRequest:
    """One picture to work on; picklable."""

    logical: str  # its logical path
    display: str  # project-relative source, for messages
    data: bytes  # its bytes
    settings: PictureSettings  # what is wanted of it


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFile:
    """A sibling: another format, another width, or both."""

    logical: str  # its logical path: "img/hero.480w.webp"
    media_type: str  # "image/webp"
    width: int  # pixels
    data: bytes  # of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePicture:
    """What became of a picture."""

    width: int  # pixels, as it is shown; 0 where it could not be read
    height: int  # pixels, as it is shown
    data: bytes | None = None  # its new bytes; None: it stays as it is
    files: tuple[MadeFile, ...] = ()  # siblings, best format first, then by width
    diagnostics: tuple[Diagnostic, ...] = ()  # warnings, and errors where the file is at fault


def tool_versions() -> tuple[tuple[str, str], ...]:
    """Return what decides the bytes beside picture and settings: library and exact version."""
    return (
        ("assetbuild-images", f"{REVISION}.{PNG_REVISION}"),
        # require_pillow tells what to install
        *((name, installed_version(name) or "") for name in _LIBRARIES),
    )


def make_picture(request: PictureRequest) -> MadePicture:
    """Make what the settings ask for. What is wrong with the file is among the diagnostics."""
    settings = request.settings
    try:
        require_pillow()
        with warnings.catch_warnings():
            # Pillow's of odd metadata: what matters is told by us
            warnings.simplefilter("ignore")
            try:
                image = open_image(
                    request.data, file=request.display, max_pixels=settings.max_pixels
                )
            except AssetbuildError as failure:
                return refuse_picture(settings, *failure.diagnostics)
            return _make(request, image)
    except AssetbuildError as failure:
        return MadePicture(width=0, height=0, diagnostics=failure.diagnostics)


def refuse_picture(settings: PictureSettings, *found: Diagnostic) -> MadePicture:
    """Return what becomes of a file that is at fault: an error where something was asked of it.

    Else it is copied as it is, with a warning.
    """
    if not settings.is_asked:
        found = tuple(
            replace(one, severity=Severity.WARNING, message=f"{one.message}; it is copied as it is")
            for one in found
        )
    return MadePicture(width=0, height=0, diagnostics=found)


def _make(request: PictureRequest, image: Any) -> MadePicture:
    try:
        if kind_of(request.logical) == "JPEG" and not find_end(request.data):
            raise ValueError("the file is truncated")
        orientation = read_orientation(image)
        size = (image.height, image.width) if orientation > 4 else (image.width, image.height)
        made, told = _remake(request, image, orientation)
        files, more = _make_siblings(request, image, request.data if made is None else made)
    except DAMAGE as failure:
        return refuse_picture(request.settings, tell_damaged(request.display, failure))
    return MadePicture(
        width=size[0], height=size[1], data=made, files=files, diagnostics=(*told, *more)
    )


def _remake(
    request: PictureRequest, image: Any, orientation: int
) -> tuple[bytes | None, list[Diagnostic]]:
    """Return the picture's own new bytes."""
    data, strip = request.data, request.settings.strip
    if not request.settings.lossless and not strip:
        return None, []
    if image.format == "PNG":
        animated = is_animated(image)
        image.load()
        turned = _turn(image) if strip and orientation != 1 and not animated else None
        return shrink_png(data, image, strip=strip, turned=turned), []
    if kind_of(request.logical) == "JPEG":
        if strip and orientation != 1:
            return turn_jpeg(image, _turn(image), orientation), []
        if strip:
            return shrink_jpeg(data[: find_end(data)], strip=True), []
        return None if has_more_pictures(data) else shrink_jpeg(data, strip=False), []
    if strip and image.format == "WEBP" and orientation == 1:
        stripped = strip_webp(data)
        return (stripped if stripped != data else None), []
    if strip and (image.info.get("exif") or image.info.get("xmp")):
        return None, [_tell_unstripped(request, f"{image.format} is not taken apart")]
    return None, []


def _turn(image: Any) -> Any:
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(image)
    return image if turned is None else turned


def _make_siblings(
    request: PictureRequest, image: Any, data: bytes
) -> tuple[tuple[MadeFile, ...], list[Diagnostic]]:
    settings = request.settings
    if not settings.formats and not settings.widths:
        return (), []
    told: list[Diagnostic] = []
    if is_animated(image):
        told.append(
            warning(
                "images/animated-kept",
                f'"{request.display}" has {image.n_frames} frames; no other formats and widths are'
                " made of it",
                location=Location(file=request.display),
            )
        )
        return (), told
    own = str(kind_of(request.logical))
    is_photo = own in {"JPEG", "AVIF"}
    is_deep = is_16_bit(request.data)
    image.load()
    if is_deep:
        told.append(
            warning(
                "picture/reduced",
                f'"{request.display}" has 16 bits a channel; its other formats and widths have 8',
                location=Location(file=request.display),
            )
        )
    source = normalise(_turn(image))
    sizes = [one for one in settings.widths if one < source.width]
    scaled = {width: resize(source, width) for width in sizes}
    widths = [*sizes, source.width]
    files: list[MadeFile] = []
    total = len(data)
    if own in {"JPEG", "PNG", "WEBP"}:
        for width in sizes:
            content = encode(scaled[width], own, settings, is_photo=is_photo)
            total += len(content)
            files.append(_name(request, width, own, content, is_whole=False))
    elif sizes:
        widths = [source.width]  # there would be widths of another format alone
    # a WebP or AVIF is somebody's choice already
    formats = [] if own in _KINDS.values() else [_KINDS[one] for one in settings.formats]
    # worst format first. A format is kept with all its widths or not at all: browsers take the
    # first format they know, and would then lack the small widths
    for kind in sorted(formats, reverse=True):
        made = [
            _name(
                request,
                width,
                kind,
                encode(scaled.get(width, source), kind, settings, is_photo=is_photo),
                is_whole=width == source.width,
            )
            for width in widths
        ]
        weight = sum(len(one.data) for one in made)
        if weight < total:
            total = weight
            files = [*made, *files]
    return tuple(files), told


def _name(
    request: PictureRequest, width: int, kind: str, content: bytes, *, is_whole: bool
) -> MadeFile:
    stem, extension = posixpath.splitext(request.logical)
    if not is_whole:
        stem = f"{stem}.{width}w"
    if kind_of(request.logical) != kind:
        extension = f".{kind.lower()}"
    logical = stem + extension
    return MadeFile(
        logical=logical, media_type=guess_media_type(logical), width=width, data=content
    )


def _tell_unstripped(request: PictureRequest, why: str) -> Diagnostic:
    # a promise of privacy that is not kept must stop the build
    return error(
        "images/cannot-strip",
        f'cannot remove the metadata of "{request.display}": {why}',
        location=Location(file=request.display),
        hint="save it without metadata, or write an [[image]] with strip = false for it",
    )
