from __future__ import annotations

import pytest

from assetbuild.asset_base import parse_base
from assetbuild.diagnostics import AssetbuildError


@pytest.mark.parametrize(
    ("url", "host", "expected"),
    [
        ("/assets/", None, ("/assets/", "/assets/", None)),
        ("static", None, ("/static/", "/static/", None)),
        ("/", None, ("/", "/", None)),
        ("//static.example.com/", None, ("//static.example.com/", "/", "static.example.com")),
        ("https://c.d/x", None, ("https://c.d/x/", "/x/", "c.d")),
        (
            "/assets/",
            "cdn.example.com",
            ("//cdn.example.com/assets/", "/assets/", "cdn.example.com"),
        ),
        (
            "/a/",
            "https://cdn.example.com/",
            ("https://cdn.example.com/a/", "/a/", "cdn.example.com"),
        ),
    ],
)
def test_base_of_urls(url: str, host: str | None, expected: tuple[str, str, str | None]) -> None:
    base = parse_base(url, host)
    assert (base.url, base.prefix, base.host) == expected


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("/a?b", None),
        ("javascript:x", None),
        ("ftp://c.d/", None),
        ("/a/", "//"),
        ("/a/", "cdn example"),
        ("/a/", "cdn.example.com?x"),
        ("/a/", "ftp://cdn.example.com"),
    ],
)
def test_bad_base_is_an_error(url: str, host: str | None) -> None:
    with pytest.raises(AssetbuildError, match="serve/bad-url"):
        parse_base(url, host)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://me:secret@c.d/", None),
        ("/a/", "https://me:secret@cdn.example.com"),
        ("/a/", "me:secret@cdn.example.com"),
        ("/a/", "https://me:secr/et@cdn.example.com"),
        ("/a/", "https://me:secret@cdn.example.com?x"),
    ],
)
def test_user_info_is_refused_and_not_shown(url: str, host: str | None) -> None:
    with pytest.raises(AssetbuildError, match=r'serve/bad-url: "\*\*\*@c') as caught:
        parse_base(url, host)
    assert "secr" not in str(caught.value)


def test_sign_of_user_info_may_stand_in_a_path() -> None:
    assert parse_base("/@a/", "cdn.example.com").url == "//cdn.example.com/@a/"
