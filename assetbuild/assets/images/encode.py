"""Encode a decoded picture in another size or format.

In: Pillow's image, upright. Out: bytes. The colour profile goes along; EXIF never does.
Refuses to know: names, what is worth keeping.
"""

from __future__ import annotations

import io
from typing import Any

from assetbuild.assets.images.png_encoder import encode_png
from assetbuild.assets.images.settings import PictureSettings

# libwebp's effort 0 to 6; libaom's speed 10 to 0. Measured on a photo of 1.7 megapixels: speed 6
# 1.5 s, speed 4 5.3 s for 4 % less
_WEBP_METHOD = {False: 4, True: 0}
_AVIF_SPEED = {False: 6, True: 10}


def resize(image: Any, width: int) -> Any:
    """Return the picture in a smaller width; transparent pixels don't bleed into their edges."""
    from PIL import Image

    height = max(1, round(image.height * width / image.width))
    # Pillow weighs colours by alpha where the mode has one; a palette cannot be blended
    return image.resize((width, height), Image.Resampling.LANCZOS)


def normalise(image: Any) -> Any:
    """Return the picture as RGB or RGBA with 8 bits, CMYK by its own profile."""
    if image.mode in {"RGB", "RGBA"} and "transparency" not in image.info:
        return image
    if image.mode == "CMYK":
        return _from_cmyk(image)
    has_alpha = "transparency" in image.info or image.mode in {"LA", "PA", "La", "RGBa"}
    return image.convert("RGBA" if has_alpha or image.mode == "RGBA" else "RGB")


def _from_cmyk(image: Any) -> Any:
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB")
    made = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    assert made is not None
    made.info.pop("icc_profile", None)
    return made


def encode(image: Any, kind: str, settings: PictureSettings, *, is_photo: bool) -> bytes:
    """Return the picture in a format. ``is_photo``: its source was coded with losses already."""
    profile = image.info.get("icc_profile") or b""
    if kind == "PNG":
        return _encode_png(image, profile, settings)
    options: dict[str, Any] = {"icc_profile": profile or None, "exif": b""}
    if kind == "JPEG":
        options |= {"quality": settings.jpeg_quality, "optimize": True, "progressive": True}
        image = image.convert("RGB")
    elif kind == "WEBP":
        options["method"] = _WEBP_METHOD[settings.is_quick]
        # a drawing or a screenshot shows every loss: its WebP has none, and is smaller still
        options |= {"quality": settings.webp_quality} if is_photo else {"lossless": True}
    else:
        options |= {
            "quality": settings.avif_quality,
            "speed": _AVIF_SPEED[settings.is_quick],
            # libavif divides a picture by its number of threads: the bytes would depend on it
            "max_threads": 1,
            "autotiling": False,
            "subsampling": "4:2:0" if is_photo else "4:4:4",
        }
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _encode_png(image: Any, profile: bytes, settings: PictureSettings) -> bytes:
    if not profile:
        return encode_png(image.convert("RGBA"), effort="fast" if settings.is_quick else "best")
    # our encoder may choose grey, to which an RGB profile does not apply
    out = io.BytesIO()
    image.save(out, "PNG", icc_profile=profile, optimize=not settings.is_quick)
    return out.getvalue()
