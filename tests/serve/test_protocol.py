"""HTTP/1.1 over a socket: framing, keep-alive, pipelines, bad requests, cut files."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from assetbuild.assets.model import Manifest
from assetbuild.serve import protocol
from assetbuild.serve.origin import FixedTable, Origin
from assetbuild.serve.request import MAX_HEAD
from assetbuild.serve.table import Mount
from tests.serve.http_server import DATE, http_server
from tests.serve.site import BIG, CSS, sample_table

Served = tuple[int, Manifest, Path]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    table, manifest = sample_table(tmp_path, Mount(hosts=("static.example.com",)))
    with http_server(Origin(FixedTable(table))) as port:
        yield port, manifest, tmp_path


def url(manifest: Manifest, logical: str) -> str:
    return "/assets/" + {str(name): one.hashed for name, one in manifest.entries.items()}[logical]


def talk(port: int, *pieces: bytes) -> bytes:
    """Send bytes and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 10) as one:
        for piece in pieces:
            one.sendall(piece)
        received = b""
        while data := one.recv(65_536):
            received += data
        return received


def ask(path: str, *more: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: a", *more, "", ""]
    return "\r\n".join(lines).encode("latin-1")


CLOSE = "Connection: close"


def test_answer_has_date_length_and_body(served: Served) -> None:
    port, manifest, _ = served
    answer = talk(port, ask(url(manifest, "css/app.css"), CLOSE))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nDate: " + DATE + b"\r\nContent-Type: text/css")
    assert head.endswith(b"Content-Length: %d\r\nConnection: close" % len(CSS))
    assert body == CSS


def test_requests_in_one_piece_are_answered_in_their_order(served: Served) -> None:
    port, manifest, _ = served
    wanted = ["css/app.css", "video/big.mp4", "js/app.js"]
    heads = [ask(url(manifest, one)) for one in wanted]
    answer = talk(port, b"".join([*heads, ask("/assets/robots.txt", CLOSE)]))
    places = [answer.index(data) for data in (CSS, BIG, b"let a = 1;\n", b"User-agent: *\n")]
    assert places == sorted(places)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 4


def test_request_in_single_bytes_is_answered(served: Served) -> None:
    port, _, _ = served
    head = ask("/assets/robots.txt", CLOSE)
    pieces = [head[at : at + 1] for at in range(len(head))]
    assert talk(port, *pieces).endswith(b"User-agent: *\n")


def test_old_version_closes_unless_asked_to_stay(served: Served) -> None:
    port, _, _ = served
    one = ask("/assets/robots.txt", version="1.0")
    assert b"Connection: close\r\n" in talk(port, one)
    kept = ask("/assets/robots.txt", "Connection: keep-alive", version="1.0")
    answer = talk(port, kept + one)
    assert answer.count(b"User-agent: *\n") == 2
    assert b"Connection: keep-alive\r\n" in answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"a" * MAX_HEAD + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (b"POST /assets/robots.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 405),
        (b"DELETE /assets/robots.txt HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"OPTIONS /assets/robots.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        (b"GET http://a/assets/robots.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        (b"GET http://static.example.com/robots.txt HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        (b"GET /assets/robots.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: a\r\n"
         b"Accept-Encoding: b\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n\r\n", 200),
        (b"GET /else HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
    ],
)  # fmt: skip
def test_unusual_requests_get_one_answer_and_the_end(
    served: Served, request_bytes: bytes, status: int
) -> None:
    # what follows a request that cannot be framed is never taken for another one
    answer = talk(served[0], request_bytes + ask("/assets/css/app.css"))
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1 ") == 1


def test_head_has_no_body_and_ranges_come_over_one_connection(served: Served) -> None:
    port, manifest, _ = served
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    path = url(manifest, "video/big.mp4")
    for method, headers, status, body in (
        ("HEAD", {}, 200, b""),
        ("GET", {"Range": "bytes=5-9"}, 206, BIG[5:10]),
        ("GET", {"Range": f"bytes={len(BIG)}-"}, 416, b"416: no such range\n"),
        ("GET", {"If-None-Match": "*"}, 304, b""),
        ("HEAD", {"If-Match": '"x"'}, 412, b""),
        ("GET", {}, 200, BIG),
    ):
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (status, body)
    connection.close()


def test_file_that_shrinks_on_its_way_breaks_the_answer(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, manifest, folder = served
    monkeypatch.setattr("assetbuild.serve.bodies.CHUNK", 4096)
    entry = next(one for one in manifest.entries.values() if one.logical == "video/big.mp4")
    with socket.create_connection(("127.0.0.1", port), 10) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.sendall(ask("/assets/" + entry.hashed))
        received = one.recv(1000)
        with open(folder / entry.hashed, "r+b") as file:
            file.truncate(len(BIG) // 4)
        while data := one.recv(65_536):
            received += data
    assert f"Content-Length: {len(BIG)}\r\n".encode() in received
    assert len(received) < len(BIG)


def test_client_that_takes_nothing_holds_no_memory(served: Served) -> None:
    port, manifest, _ = served
    head = ask(url(manifest, "css/app.css"))
    with socket.create_connection(("127.0.0.1", port), 10) as one:
        one.settimeout(1)
        # the server stops reading when its answers are not taken; else it would take all of this
        with pytest.raises(TimeoutError):
            for _ in range(200):
                one.sendall(head * (2**20 // len(head)))


def test_slow_clients_are_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_TICK_S", 0.02)
    monkeypatch.setattr(protocol, "HEAD_TIMEOUT_S", 0.05)
    assert talk(served[0], b"GET / HT").startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    monkeypatch.setattr(protocol, "IDLE_TIMEOUT_S", 0.05)
    assert talk(served[0]) == b""


def test_questions_with_ever_new_words_are_not_all_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "_REMEMBERED", 10)
    answers = protocol.Answers(Origin(FixedTable(sample_table(tmp_path)[0])))
    for number in range(100):
        fields = {"host": "a", "accept-encoding": f"gzip;q=0.{number}"}
        found = answers.find("GET", b"/assets/robots.txt?%d" % number, fields)
        assert found.status == 200
        assert answers.find("GET", b"/assets/robots.txt?%d" % number, fields) is found
    assert len(answers._remembered) <= 10
