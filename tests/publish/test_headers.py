from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.diagnostics import AssetbuildError
from assetbuild.publish.headers import (
    compile_header_rules,
    response_headers,
    split_storable,
)
from tests.publish.remote import codes

HASHED_CSS = (
    ("Content-Type", "text/css; charset=utf-8"),
    ("Cache-Control", "public, max-age=31536000, immutable"),
    ("Access-Control-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
)


def test_hashed_text_is_cached_for_ever_and_names_its_charset() -> None:
    assert response_headers("css/a.css", media_type="text/css", is_hashed=True) == HASHED_CSS


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("text/javascript", "text/javascript; charset=utf-8"),
        ("image/svg+xml", "image/svg+xml; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/manifest+json", "application/manifest+json"),
        ("font/woff2", "font/woff2"),
        ("image/png", "image/png"),
    ],
)
def test_charset_is_sent_for_text_only(media_type: str, expected: str) -> None:
    headers = dict(response_headers("a", media_type=media_type, is_hashed=True))
    assert headers["Content-Type"] == expected


def test_unhashed_name_is_revalidated() -> None:
    headers = dict(response_headers("robots.txt", media_type="text/plain", is_hashed=False))
    assert headers["Cache-Control"] == "no-cache"


def test_variant_keeps_its_type_and_names_its_coding() -> None:
    headers = dict(response_headers("a.css", media_type="text/css", is_hashed=True, coding="br"))
    assert headers["Content-Encoding"] == "br"
    assert headers["Content-Type"] == "text/css; charset=utf-8"


def test_later_rule_wins_field_by_field_whatever_the_case() -> None:
    rules = compile_header_rules(
        [
            ("**", {"X-Robots-Tag": "noindex", "cache-control": "no-store"}),
            ("img/*", {"Content-Disposition": "inline"}),
            ("css/**", {"CACHE-CONTROL": "max-age=60", "X-Content-Type-Options": ""}),
        ]
    )
    assert response_headers("css/a.css", media_type="text/css", is_hashed=True, custom=rules) == (
        ("Content-Type", "text/css; charset=utf-8"),
        ("CACHE-CONTROL", "max-age=60"),
        ("Access-Control-Allow-Origin", "*"),
        ("X-Robots-Tag", "noindex"),
    )


def test_every_bad_header_of_every_rule_is_told() -> None:
    with pytest.raises(AssetbuildError) as caught:
        compile_header_rules(
            [
                ("a/*", {"X-Evil\r\nSet-Cookie": "a"}),
                ("b/*", {"X-A": "1\r\nSet-Cookie: sid=1"}),
                ("c/*", {"Content-Length": "3", "Set-Cookie": "a=b"}),
                ("d/*", {"X-Name": "café"}),
            ]
        )
    assert sorted(codes(caught.value)) == [
        "headers/invalid-name",
        "headers/invalid-value",
        "headers/invalid-value",
        "headers/reserved",
        "headers/reserved",
    ]
    assert all(one.message.isprintable() for one in caught.value.diagnostics)


def test_media_type_of_a_manifest_cannot_inject_a_header() -> None:
    with pytest.raises(AssetbuildError) as caught:
        response_headers("a.css", media_type="text/css\r\nX-Evil: 1", is_hashed=True)
    assert codes(caught.value) == ["headers/invalid-value"]


# often enough a header, and often nearly one
TEXTS = st.text(st.sampled_from("aZ-: \t\r\n\0\x7f\x85é\u2028"), min_size=1, max_size=3)


@given(name=TEXTS, value=TEXTS)
def test_no_accepted_header_breaks_the_line(name: str, value: str) -> None:
    try:
        rules = compile_header_rules([("**", {name: value})])
    except AssetbuildError:
        return
    for pair in response_headers("a", media_type="image/png", is_hashed=True, custom=rules):
        line = ": ".join(pair)
        assert line.isascii()
        assert line.replace("\t", "").isprintable()


def test_headers_are_parted_by_what_s3_keeps() -> None:
    parted = split_storable((*HASHED_CSS, ("X-Amz-Meta-Team", "web"), ("Content-Encoding", "br")))
    assert parted.stored == (*HASHED_CSS[:2], ("Content-Encoding", "br"))
    assert parted.metadata == (("team", "web"),)
    assert parted.elsewhere == HASHED_CSS[2:]
