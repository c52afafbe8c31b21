"""Preconditions and ranges by RFC 9110, answer by answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.publish.headers import IMMUTABLE
from assetbuild.serve.table import NEVER_CHANGED, FileBody
from tests.serve.site import Site, fields, sample_table


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(*sample_table(tmp_path))


def test_not_modified_keeps_what_a_cache_needs(site: Site) -> None:
    url = site.url("css/app.css")
    for accept in ("", "gzip", "br"):
        tag = fields(site.ask(url, {"accept-encoding": accept}))["etag"]
        for value in (tag, "W/" + tag, f'"x", {tag}', "*"):
            headers = {"accept-encoding": accept, "if-none-match": value}
            for method in ("GET", "HEAD"):
                answer = site.ask(url, headers, method)
                assert answer.status == 304
                assert answer.body == b""
                found = fields(answer)
                assert found == {
                    "cache-control": IMMUTABLE,
                    "access-control-allow-origin": "*",
                    "x-content-type-options": "nosniff",
                    "etag": tag,
                    "vary": "Accept-Encoding",
                }


def test_tag_of_another_coding_does_not_match(site: Site) -> None:
    url = site.url("css/app.css")
    tag = fields(site.ask(url, {"accept-encoding": "gzip"}))["etag"]
    assert site.ask(url, {"accept-encoding": "br", "if-none-match": tag}).status == 200


def test_if_none_match_rules_over_the_date(site: Site) -> None:
    headers = {"if-none-match": '"x"', "if-modified-since": "Tue, 24 Nov 2026 00:00:00 GMT"}
    assert site.ask(site.url("css/app.css"), headers).status == 200


@pytest.mark.parametrize(
    ("date", "status"),
    [
        (NEVER_CHANGED, 304),
        ("Tue, 24 Nov 2026 00:00:00 GMT", 304),
        ("Saturday, 01-Jan-00 00:00:00 GMT", 304),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 200),
        ("yesterday", 200),
        ("", 200),
    ],
)
def test_if_modified_since(site: Site, date: str, status: int) -> None:
    for method in ("GET", "HEAD"):
        answer = site.ask(site.url("js/app.js"), {"if-modified-since": date}, method)
        assert answer.status == status


def test_failed_preconditions_are_412(site: Site) -> None:
    url = site.url("css/app.css")
    tag = fields(site.ask(url))["etag"]
    assert site.ask(url, {"if-match": tag}).status == 200
    assert site.ask(url, {"if-match": "*"}).status == 200
    for bad in ('"x"', "W/" + tag):
        answer = site.ask(url, {"if-match": bad})
        assert (answer.status, fields(answer)["cache-control"]) == (412, "no-store")
        assert site.ask(url, {"if-match": bad}, "HEAD").body == b""
    old = "Fri, 31 Dec 1999 23:59:59 GMT"
    assert site.ask(url, {"if-unmodified-since": old}).status == 412
    assert site.ask(url, {"if-unmodified-since": NEVER_CHANGED}).status == 200
    assert site.ask(url, {"if-match": tag, "if-unmodified-since": old}).status == 200


def test_head_is_get_without_a_body(site: Site) -> None:
    for accept in ("", "gzip", "br"):
        headers = {"accept-encoding": accept}
        whole, head = (site.ask(site.url("css/app.css"), headers, one) for one in ("GET", "HEAD"))
        assert (head.status, head.headers, head.body) == (200, whole.headers, b"")


def test_head_ignores_range(site: Site) -> None:
    assert site.ask(site.url("css/app.css"), {"range": "bytes=0-0"}, "HEAD").status == 200


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=799-", 799, 799), ("bytes=-1", 799, 799), ("bytes=5-9", 5, 9)],
)
def test_range_is_206_with_the_headers_of_200(
    site: Site, asked: str, first: int, last: int
) -> None:
    whole = fields(site.ask(site.url("css/app.css")))
    answer = site.ask(site.url("css/app.css"), {"range": asked})
    found = fields(answer)
    assert answer.status == 206
    assert found.pop("content-range") == f"bytes {first}-{last}/800"
    assert found.pop("content-length") == str(last - first + 1)
    assert found == {name: value for name, value in whole.items() if name != "content-length"}
    assert isinstance(answer.body, FileBody)
    assert (answer.body.start, answer.body.stop) == (first, last + 1)


def test_range_counts_the_bytes_of_the_chosen_coding(site: Site) -> None:
    headers = {"accept-encoding": "gzip", "range": "bytes=0-1"}
    found = fields(site.ask(site.url("css/app.css"), headers))
    size = site.manifest.entries[next(iter(site.manifest.entries))].variants["gzip"].size
    assert found["content-range"] == f"bytes 0-1/{size}"
    assert found["content-encoding"] == "gzip"


@pytest.mark.parametrize("asked", ["bytes=800-", "bytes=900-1000", "bytes=-0"])
def test_range_past_the_end_is_416_with_cors(site: Site, asked: str) -> None:
    answer = site.ask(site.url("css/app.css"), {"range": asked})
    found = fields(answer)
    assert answer.status == 416
    assert found["content-range"] == "bytes */800"
    assert found["access-control-allow-origin"] == "*"
    assert found["cache-control"] == "no-store"
    assert isinstance(answer.body, bytes)
    assert found["content-length"] == str(len(answer.body))


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-5", "lines=1-2", "bytes", "bytes=x-"])
def test_range_that_is_no_single_byte_range_is_ignored(site: Site, asked: str) -> None:
    assert site.ask(site.url("css/app.css"), {"range": asked}).status == 200


def test_if_range_needs_our_own_strong_tag(site: Site) -> None:
    url = site.url("css/app.css")
    tag = fields(site.ask(url))["etag"]
    asked = {"range": "bytes=0-4"}
    assert site.ask(url, {**asked, "if-range": tag}).status == 206
    for other in ("W/" + tag, '"x"', NEVER_CHANGED, "nonsense", ""):
        assert site.ask(url, {**asked, "if-range": other}).status == 200
    gzip_tag = fields(site.ask(url, {"accept-encoding": "gzip"}))["etag"]
    assert site.ask(url, {**asked, "if-range": gzip_tag}).status == 200


def test_conditions_come_before_the_range(site: Site) -> None:
    url = site.url("css/app.css")
    tag = fields(site.ask(url))["etag"]
    assert site.ask(url, {"range": "bytes=0-4", "if-none-match": tag}).status == 304
