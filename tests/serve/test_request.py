"""Heads that are read here, heads that must wait, and heads that h11 must judge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.serve.request import MAX_HEAD, Head, Unread, read_head, split_target

USUAL = b"GET /assets/a.css?x=1 HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding:gzip, br \r\n"


def read(data: bytes) -> Head | Unread:
    return read_head(data, 0)


def test_usual_head_is_read_to_its_end() -> None:
    data = USUAL + b"User-Agent: x\r\nCookie: a=b\r\n\r\nGET /next"
    found = read(data)
    assert isinstance(found, Head)
    assert (found.method, found.target) == ("GET", b"/assets/a.css?x=1")
    assert found.fields == {"host": "example.com", "accept-encoding": "gzip, br"}
    assert (found.is_kept, found.is_old) == (True, False)
    assert data[found.end :] == b"GET /next"


@pytest.mark.parametrize("cut", [0, 1, 10, 30, len(USUAL), len(USUAL) + 1])
def test_head_that_is_not_whole_waits(cut: int) -> None:
    assert read((USUAL + b"\r\n")[:cut]) is Unread.PARTIAL


@pytest.mark.parametrize(
    ("head", "is_kept"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\nconnection: TE, Close\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x-close\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", True),
        (b"HEAD / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", True),
    ],
)
def test_connection_stays_open_as_the_client_says(head: bytes, is_kept: bool) -> None:
    found = read(head)
    assert isinstance(found, Head)
    assert found.is_kept is is_kept


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",  # no host
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\tx HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /" + b"a" * MAX_HEAD,
    ],
)
def test_what_is_unusual_is_for_h11(head: bytes) -> None:
    assert read(head) is Unread.ODD


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(data: bytes) -> None:
    for more in (b"", USUAL):
        found = read_head(more + data, 0)
        assert isinstance(found, (Head, Unread))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/a/b.css?q#f", ("/a/b.css", "q", None)),
        (b"/a#f?q", ("/a", "", None)),
        (b"/a%20b%2Fc", ("/a b/c", "", None)),
        (b"/a?b=%20?c", ("/a", "b=%20?c", None)),
        (b"/%ff", ("/\udcff", "", None)),
        (b"/%zz%", ("/%zz%", "", None)),
        (b"/\xc3\xa4", ("/ä", "", None)),
        (b"//evil/x", ("//evil/x", "", None)),
        (b"http://h:1/a?b", ("/a", "b", "h:1")),
        (b"http://u@h", ("/", "", "h")),
        (b"http://[", ("", "", None)),
        (b"*", ("*", "", None)),
    ],
)
def test_target_is_decoded(target: bytes, expected: tuple[str, str, str | None]) -> None:
    assert split_target(target) == expected
