from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.diagnostics import AssetbuildError
from assetbuild.paths import join_logical, parse_logical, relative_url_path, try_logical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("css/app.css", "css/app.css"),
        ("./css//app.css", "css/app.css"),
        ("css/x/../app.css", "css/app.css"),
        ("a b#?%'\".css", "a b#?%'\".css"),
        ("cafe\u0301.png", "caf\u00e9.png"),
        ("..a/b", "..a/b"),
        ("", None),
        (".", None),
        ("/etc/passwd", None),
        ("../x", None),
        ("a/../../x", None),
        ("a\0b", None),
    ],
)
def test_logical_paths(text: str, expected: str | None) -> None:
    assert try_logical(text) == expected


def test_refused_path_is_told_with_its_value() -> None:
    with pytest.raises(AssetbuildError) as caught:
        parse_logical("../x")
    assert caught.value.diagnostics[0].code == "path/invalid"
    assert '"../x"' in caught.value.diagnostics[0].message


@given(st.text())
def test_parsing_is_idempotent_and_never_escapes(text: str) -> None:
    path = try_logical(text)
    if path is not None:
        assert try_logical(path) == path
        assert unicodedata.is_normalized("NFC", path)
        assert not path.startswith("/") and ".." not in path.split("/")


@pytest.mark.parametrize(
    ("folder", "relative", "expected"),
    [
        ("css", "../img/a.png", "img/a.png"),
        ("", "a.png", "a.png"),
        ("css", "/img/a.png", "img/a.png"),
        ("css", "../../a.png", None),
    ],
)
def test_joining(folder: str, relative: str, expected: str | None) -> None:
    assert join_logical(folder, relative) == expected


def test_relative_url_path_leads_back() -> None:
    assert relative_url_path("img/a.png", "css/deep") == "../../img/a.png"
    assert relative_url_path("css/a.css", "css") == "a.css"
    assert relative_url_path("a.css", "") == "a.css"
