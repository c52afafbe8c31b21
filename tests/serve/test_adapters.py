"""WSGI, ASGI and our own HTTP give byte-equal answers, as an app and as a middleware."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import Iterable, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes
from wsgiref.validate import validator

import pytest

from assetbuild.assets.model import Manifest
from assetbuild.paths import LogicalPath
from assetbuild.serve.asgi import AsgiAssets
from assetbuild.serve.origin import FixedTable, Origin
from assetbuild.serve.table import Mount, build_table
from assetbuild.serve.wsgi import WsgiAssets, decode_path
from tests.serve.http_server import http_server
from tests.serve.site import BIG, CSS, sample_table, write_site

Answer = tuple[int, list[tuple[str, str]], bytes]


def ask_wsgi(
    app: Any, method: str, target: str, headers: Mapping[str, str], mount: str = ""
) -> Answer:
    raw_path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": mount,
        "PATH_INFO": unquote_to_bytes(raw_path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    started: list[Any] = []

    def start_response(status: str, pairs: list[tuple[str, str]], exc: Any = None) -> Any:
        started[:] = [int(status.partition(" ")[0]), pairs]
        return lambda data: None

    result: Iterable[bytes] = app(environ, start_response)
    try:
        body = b"".join(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    return started[0], [(name.lower(), value) for name, value in started[1]], body


def ask_asgi(
    app: Any, method: str, target: str, headers: Mapping[str, str], mount: str = ""
) -> Answer:
    raw_path, _, query = target.partition("?")
    raw = unquote_to_bytes(raw_path)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": raw.decode("utf-8", "replace"),
        "raw_path": raw_path.encode(),
        "root_path": mount,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert [one["type"] for one in sent[:1]] == ["http.response.start"]
    assert [one.get("more_body", False) for one in sent[1:]] == [True] * (len(sent) - 2) + [False]
    pairs = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return sent[0]["status"], pairs, b"".join(one["body"] for one in sent[1:])


def ask_http(
    connection: HTTPConnection, method: str, target: str, headers: Mapping[str, str]
) -> Answer:
    """Ask over a socket, with just these fields (and the Host that HTTP/1.1 wants)."""
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": "localhost", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    pairs = [(name.lower(), value) for name, value in answer.getheaders()]
    assert pairs.pop(0)[0] == "date"
    pairs = [one for one in pairs if one[0] != "connection"]
    return answer.status, pairs, answer.read()


@pytest.fixture
def site(tmp_path: Path) -> tuple[Origin, Manifest]:
    table, manifest = sample_table(tmp_path, Mount(hosts=("static.example.com",)))
    return Origin(FixedTable(table)), manifest


QUESTIONS: list[dict[str, str]] = [
    {},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "br;q=0.1, gzip"},
    {"Accept-Encoding": "identity;q=0"},
    {"Range": "bytes=0-0"},
    {"Range": "bytes=-3"},
    {"Range": "bytes=99999999-"},
    {"Range": "bytes=1-5", "If-Range": '"x"'},
    {"If-None-Match": "*"},
    {"If-None-Match": 'W/"x", "y"'},
    {"If-Modified-Since": "Tue, 24 Nov 2026 00:00:00 GMT"},
    {"If-Match": '"x"'},
    {"Host": "static.example.com", "Cookie": "session=1"},
]


def test_answers_are_byte_equal(site: tuple[Origin, Manifest]) -> None:
    origin, manifest = site
    wsgi, asgi = validator(WsgiAssets(origin)), AsgiAssets(origin)
    paths = [f"/assets/{quote(one.hashed)}" for one in manifest.entries.values()]
    paths += ["/assets/css/app.css", "/assets/x.css", "/assets/%2e%2e/x", "/assets/%ff", "/other"]
    paths += ["/assets/help", "/assets/help?a=1&b=%20", "/assets/help?", "/assets/help/?a"]
    questions = list(itertools.product(paths, ("GET", "HEAD", "OPTIONS", "POST"), QUESTIONS))
    assert len(questions) > 500
    with http_server(origin) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        for path, method, headers in questions:
            ours = ask_wsgi(wsgi, method, path, headers)
            assert ours == ask_asgi(asgi, method, path, headers), (method, path, headers)
            assert ours == ask_http(connection, method, path, headers), (method, path, headers)
            if ours[0] != 304 and method != "HEAD":
                assert dict(ours[1])["content-length"] == str(len(ours[2]))
        connection.close()


def test_bytes_that_are_no_text_are_no_replacement_character(tmp_path: Path) -> None:
    name = "\ufffd.css"
    manifest = write_site(tmp_path, {name: CSS}, unhashed=(name,))
    table = build_table(manifest, folder=str(tmp_path), mount=Mount())
    origin = Origin(FixedTable(table))
    for ask, app in ((ask_wsgi, WsgiAssets(origin)), (ask_asgi, AsgiAssets(origin))):
        answers = [ask(app, "GET", f"/assets/{one}.css", {})[0] for one in ("%EF%BF%BD", "%FF")]
        assert answers == [200, 404]


def test_field_that_comes_in_two_lines_counts_whole(site: tuple[Origin, Manifest]) -> None:
    origin, manifest = site
    url = "/assets/" + next(iter(manifest.entries.values())).hashed
    tag = dict(ask_asgi(AsgiAssets(origin), "GET", url, {})[1])["etag"]
    for first, second in (('"x"', tag), (tag, '"x"')):
        headers = {"If-None-Match": first, "if-none-match": second}  # two pairs of the scope
        assert ask_asgi(AsgiAssets(origin), "GET", url, headers)[0] == 304


def test_bodies_are_those_of_the_files(site: tuple[Origin, Manifest]) -> None:
    origin, manifest = site
    for logical, data in (("css/app.css", CSS), ("video/big.mp4", BIG), ("empty.txt", b"")):
        entry = next(one for one in manifest.entries.values() if one.logical == logical)
        for ask, app in ((ask_wsgi, WsgiAssets(origin)), (ask_asgi, AsgiAssets(origin))):
            assert ask(app, "GET", "/assets/" + entry.hashed, {})[2] == data
            part = ask(app, "GET", "/assets/" + entry.hashed, {"Range": "bytes=3-9"})
            assert part[2] == (data[3:10] if data else b"416: no such range\n")


def test_server_that_offers_it_sends_large_files_by_their_path(
    site: tuple[Origin, Manifest], tmp_path: Path
) -> None:
    origin, manifest = site
    entry = next(one for one in manifest.entries.values() if one.logical == "video/big.mp4")
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    for more, expected in (({}, "pathsend"), ({"range": "bytes=5-"}, "body")):
        sent.clear()
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/assets/" + entry.hashed,
            "headers": [(name.encode(), value.encode()) for name, value in more.items()],
            "extensions": {"http.response.pathsend": {}},
        }
        asyncio.run(AsgiAssets(origin)(scope, None, send))  # type: ignore[arg-type]
        assert sent[1]["type"] == f"http.response.{expected}"
        if expected == "pathsend":
            assert sent[1:] == [
                {"type": "http.response.pathsend", "path": str(tmp_path / entry.hashed)}
            ]


def test_middleware_hands_the_rest_to_the_app(site: tuple[Origin, Manifest]) -> None:
    origin, _ = site

    def wsgi_app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "3")])
        return [b"app"]

    async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"app"})

    for path, host, expected in (
        ("/", "example.com", b"app"),
        ("/assets/nothing", "example.com", b"404: no such asset\n"),
        ("/", "static.example.com", b"404: no such asset\n"),
        ("/assets/robots.txt", "static.example.com", b"User-agent: *\n"),
        ("/robots.txt", "static.example.com", b"User-agent: *\n"),
    ):
        headers = {"Host": host}
        assert ask_wsgi(WsgiAssets(origin, wsgi_app), "GET", path, headers)[2] == expected
        assert ask_asgi(AsgiAssets(origin, asgi_app), "GET", path, headers)[2] == expected


def test_dispatcher_may_mount_the_wsgi_app_at_its_prefix(site: tuple[Origin, Manifest]) -> None:
    app = WsgiAssets(site[0])
    assert ask_wsgi(app, "GET", "/robots.txt", {}, mount="/assets")[0] == 200
    assert ask_wsgi(app, "GET", "/assets/robots.txt", {}, mount="/shop")[0] == 200


def test_redirection_keeps_the_query_and_what_a_dispatcher_took_off(
    site: tuple[Origin, Manifest],
) -> None:
    app = WsgiAssets(site[0])
    for path, mount, place in (
        ("/assets/help?a=1&b=%2F", "", "/assets/help/?a=1&b=%2F"),
        (
            "/assets/help?a=b c\r\nSet-Cookie: x\xe4",
            "",
            "/assets/help/?a=b%20c%0D%0ASet-Cookie:%20x%E4",
        ),
        ("/help?q", "/assets", "/assets/help/?q"),
        ("/assets/help", "/my%20shop", "/my%2520shop/assets/help/"),
    ):
        answer = ask_wsgi(app, "GET", path, {}, mount=mount)
        assert (answer[0], dict(answer[1])["location"]) == (301, place)


def test_asgi_app_is_mounted_by_its_root_path(site: tuple[Origin, Manifest]) -> None:
    app = AsgiAssets(site[0])
    # a router or uvicorn leaves the mount in the path, a proxy takes it off
    for path in ("/shop/assets/help?a", "/assets/help?a"):
        answer = ask_asgi(app, "GET", path, {}, mount="/shop")
        assert (answer[0], dict(answer[1])["location"]) == (301, "/shop/assets/help/?a")
    assert ask_asgi(app, "GET", "/shop/assets/robots.txt", {}, mount="/shop")[0] == 200
    assert ask_asgi(app, "GET", "/assets/robots.txt", {}, mount="/assets")[0] == 200
    assert ask_asgi(app, "GET", "/shopping/assets/robots.txt", {}, mount="/shop")[0] == 404


def test_site_without_an_app_has_a_page_for_what_is_missing(tmp_path: Path) -> None:
    names = ("404.html", "a.css")
    manifest = write_site(tmp_path, dict.fromkeys(names, CSS), unhashed=names, compressed=names)
    page = manifest.entries[LogicalPath("404.html")].variants["gzip"]
    for prefix in ("/", "/assets/"):
        table = build_table(manifest, folder=str(tmp_path), mount=Mount(prefix=prefix))
        origin = Origin(FixedTable(table))
        with http_server(origin) as port:
            connection = HTTPConnection("127.0.0.1", port, timeout=10)
            for method in ("GET", "HEAD", "POST"):
                asked = (method, "/nothing", {"Accept-Encoding": "gzip", "Range": "bytes=0-1"})
                answers = [
                    ask_wsgi(validator(WsgiAssets(origin)), *asked),
                    ask_asgi(AsgiAssets(origin), *asked),
                    ask_http(connection, *asked),
                ]
                status, fields, body = answers[0]
                assert answers == [answers[0]] * 3
                assert (status, dict(fields)["cache-control"]) == (404, "no-store")
                if prefix == "/" and method != "POST":
                    assert dict(fields)["content-length"] == str(page.size)
                    assert dict(fields)["content-type"].startswith("text/html")
                    assert not {"etag", "accept-ranges"} & dict(fields).keys()
                    assert len(body) == (0 if method == "HEAD" else page.size)
                else:
                    assert dict(fields)["content-type"].startswith("text/plain")
            connection.close()


def test_damaged_file_is_500_and_never_stored(tmp_path: Path) -> None:
    table, manifest = sample_table(tmp_path)
    origin = Origin(FixedTable(table))
    for logical in ("css/app.css", "video/big.mp4"):
        entry = next(one for one in manifest.entries.values() if one.logical == logical)
        with open(tmp_path / entry.hashed, "r+b") as file:
            file.truncate(entry.size // 2)
        for answer in (
            ask_wsgi(WsgiAssets(origin), "GET", "/assets/" + entry.hashed, {}),
            ask_asgi(AsgiAssets(origin), "GET", "/assets/" + entry.hashed, {}),
        ):
            assert answer[0] == 500
            assert dict(answer[1])["cache-control"] == "no-store"


def test_path_that_is_no_utf8_becomes_what_no_name_holds() -> None:
    assert decode_path("/a\xc3\xa9") == "/a\xe9"
    assert decode_path("/a\xff") == "/a\udcff"


def test_lifespan_is_answered_without_an_app(site: tuple[Origin, Manifest]) -> None:
    sent: list[str] = []
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Any:
        return {"type": next(messages)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(AsgiAssets(site[0])({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
