"""Media types of assets: extension -> type, whether it is text, whether compressing it pays.

Source: the IANA media types registry and WHATWG MIME Sniffing. The table is ours, because the
``mimetypes`` module reads the machine's files, which would differ between machines.
"""

from __future__ import annotations

import posixpath

_TYPES = {
    ".aac": "audio/aac",
    ".apng": "image/apng",
    ".atom": "application/atom+xml",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".cjs": "text/javascript",
    ".css": "text/css",
    ".csv": "text/csv",
    ".cur": "image/x-icon",
    ".eot": "application/vnd.ms-fontobject",
    ".flac": "audio/flac",
    ".geojson": "application/geo+json",
    ".gif": "image/gif",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".htc": "text/x-component",
    ".htm": "text/html",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jxl": "image/jxl",
    ".m4a": "audio/mp4",
    ".m4v": "video/mp4",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".ogv": "video/ogg",
    ".opus": "audio/ogg",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".rss": "application/rss+xml",
    ".svg": "image/svg+xml",
    ".swf": "application/x-shockwave-flash",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".ttc": "font/collection",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".vtt": "text/vtt",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".xml": "application/xml",
    ".xsl": "application/xslt+xml",
    ".zip": "application/zip",
}

_COMPRESSIBLE_BINARY = frozenset(
    {
        "application/vnd.ms-fontobject",
        "application/wasm",
        "font/collection",
        "font/otf",
        "font/ttf",
        "image/bmp",
        "image/tiff",
        "image/x-icon",
        "model/gltf-binary",
    }
)

DEFAULT_TYPE = "application/octet-stream"


def guess_media_type(name: str) -> str:
    """Return the media type for a file name's extension, without parameters."""
    return _TYPES.get(posixpath.splitext(name)[1].lower(), DEFAULT_TYPE)


def known_types() -> dict[str, str]:
    """Return the whole table: lower-case extension with its dot -> media type."""
    return dict(_TYPES)


def is_text(media_type: str) -> bool:
    """Tell whether the type holds text, which assetbuild reads and writes as UTF-8."""
    essence = media_type.partition(";")[0].strip()
    return (
        essence.startswith("text/")
        or essence.endswith(("+json", "+xml"))
        or essence in {"application/json", "application/xml"}
    )


def is_compressible(media_type: str) -> bool:
    """Tell whether gzip, brotli or zstd can be expected to make the content smaller."""
    return is_text(media_type) or media_type in _COMPRESSIBLE_BINARY


def with_charset(media_type: str) -> str:
    """Return the Content-Type header value: text types carry ``charset=utf-8``.

    JSON and its relatives have no charset parameter (RFC 8259 section 11).
    """
    if is_text(media_type) and "json" not in media_type and "charset" not in media_type:
        return f"{media_type}; charset=utf-8"
    return media_type


def is_font(media_type: str) -> bool:
    """Tell whether browsers fetch the type with CORS as a font."""
    return media_type.startswith("font/") or media_type == "application/vnd.ms-fontobject"
