from __future__ import annotations

import pytest

from assetbuild.media import guess_media_type, is_compressible, is_font, is_text, with_charset


@pytest.mark.parametrize(
    ("name", "media_type", "text", "compressible"),
    [
        ("a.css", "text/css", True, True),
        ("A.JS", "text/javascript", True, True),
        ("a.svg", "image/svg+xml", True, True),
        ("a.css.map", "application/json", True, True),
        ("a.woff2", "font/woff2", False, False),
        ("a.ttf", "font/ttf", False, True),
        ("a.png", "image/png", False, False),
        ("a.wasm", "application/wasm", False, True),
        ("a.webmanifest", "application/manifest+json", True, True),
        ("LICENSE", "application/octet-stream", False, False),
    ],
)
def test_media_types(name: str, media_type: str, text: bool, compressible: bool) -> None:
    found = guess_media_type(name)
    assert (found, is_text(found), is_compressible(found)) == (media_type, text, compressible)


def test_text_has_a_charset_and_json_has_none() -> None:
    assert with_charset("text/css") == "text/css; charset=utf-8"
    assert with_charset("image/svg+xml") == "image/svg+xml; charset=utf-8"
    assert with_charset("application/json") == "application/json"
    assert with_charset("image/png") == "image/png"
    assert with_charset("text/css; charset=utf-8") == "text/css; charset=utf-8"


def test_fonts_are_known() -> None:
    assert is_font("font/woff2") and is_font("application/vnd.ms-fontobject")
    assert not is_font("text/css")
