"""The dev server's proxy before a real app: bodies, streams, broken answers, WebSockets."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.client
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from assetbuild.serve.proxy import ProxyApp
from assetbuild.serve.tunnel import Tunnel
from tests.support.processes import LIMIT_S


@contextlib.contextmanager
def uvicorn_server(app: Any, **options: Any) -> Iterator[int]:
    """Run uvicorn in a thread; yield its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", loop="asyncio", **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join()
        listener.close()


class App:
    """What stands behind the proxy."""

    def __init__(self) -> None:
        self.received = 0
        self.go_on = threading.Event()
        self.has_left = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._echo(scope, receive, send)
        elif scope["path"] == "/upload":
            await self._take(receive, send)
        elif scope["path"] == "/events":
            await self._stream(receive, send)
        elif scope["path"] == "/early":
            await _answer(send, 413, b"too large")
        elif scope["path"] == "/cut":
            headers = [(b"content-length", b"100")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"only this", "more_body": True})
            raise RuntimeError("the app dies")
        else:
            await _answer(send, 200, scope["path"].encode() + b"?" + scope["query_string"])

    async def _take(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            self.received += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        await _answer(send, 200, str(self.received).encode())

    async def _stream(self, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await asyncio.to_thread(self.go_on.wait, 10)
        await send({"type": "http.response.body", "body": b"data: 2\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.has_left.set()

    async def _echo(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["path"] == "/refused":
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept", "subprotocol": scope["subprotocols"][0]})
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                self.has_left.set()
                return
            await send({**message, "type": "websocket.send"})


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode()), (b"set-cookie", b"a=1")]
    headers.append((b"set-cookie", b"b=2"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def behind() -> Iterator[tuple[App, int]]:
    app = App()
    with uvicorn_server(app, ws="websockets-sansio") as app_port:
        target = f"http://127.0.0.1:{app_port}"
        tunnel = functools.partial(Tunnel, target)
        with uvicorn_server(ProxyApp(target), ws=tunnel) as port:
            yield app, port


@pytest.fixture
def app(behind: tuple[App, int]) -> App:
    behind[0].__init__()  # type: ignore[misc]
    return behind[0]


@pytest.fixture
def port(behind: tuple[App, int]) -> int:
    return behind[1]


@contextlib.contextmanager
def asking(port: int, method: str, path: str, **more: Any) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, **more)
        with connection.getresponse() as answer:
            yield answer
    finally:
        connection.close()


def test_path_query_and_repeated_fields_pass(app: App, port: int) -> None:
    with asking(port, "GET", "/a%20b/?x=%2F&y") as answer:
        assert answer.read() == b"/a b/?x=%2F&y"
        assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("is_chunked", [False, True])
def test_large_upload_is_a_stream(app: App, port: int, is_chunked: bool) -> None:
    pieces = [b"x" * 65_536] * 320  # 20 MiB
    body: Any = iter(pieces) if is_chunked else b"".join(pieces)
    with asking(port, "POST", "/upload", body=body, encode_chunked=is_chunked) as answer:
        assert answer.read() == b"20971520"


def test_events_come_one_by_one_and_the_app_learns_when_the_browser_leaves(
    app: App, port: int
) -> None:
    with asking(port, "GET", "/events") as answer:
        assert answer.read1() == b"data: 1\n\n"
        app.go_on.set()
        assert answer.read1() == b"data: 2\n\n"
    assert app.has_left.wait(LIMIT_S)


def test_answer_before_the_end_of_an_upload_arrives(app: App, port: int) -> None:
    with asking(port, "POST", "/early", body=b"x" * 1000) as answer:
        assert (answer.status, answer.read()) == (413, b"too large")


def test_answer_that_the_app_cuts_is_cut_here_too(app: App, port: int) -> None:
    with asking(port, "GET", "/cut") as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()


def test_app_that_dies_without_an_answer_is_a_502(port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        target = f"127.0.0.1:{one.getsockname()[1]}"

        def hang_up() -> None:
            client, _ = one.accept()
            client.recv(1000)
            client.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with (
            uvicorn_server(ProxyApp(target), ws="none") as proxied,
            asking(proxied, "GET", "/") as answer,
        ):
            assert (answer.status, answer.read()[:20]) == (502, b"502: the app broke o")
        thread.join()


@pytest.mark.parametrize("path", ["/events", "/cut"])
def test_nothing_is_logged_but_a_line(
    app: App, port: int, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "uvicorn.error")
    app.go_on.set()
    with asking(port, "GET", path) as answer:
        answer.read1()
    if path == "/events":
        assert app.has_left.wait(LIMIT_S)
    ours = [one for one in caplog.records if "the app dies" not in str(one.exc_info)]
    assert [one.exc_info for one in ours] == [None] * len(ours)


def test_websocket_speaks_with_the_app(app: App, port: int) -> None:
    with connect(f"ws://127.0.0.1:{port}/socket", subprotocols=["chat"]) as one:  # type: ignore[list-item]
        assert one.subprotocol == "chat"
        for message in ("short", b"\x00" * 1_000_000, "näher"):
            one.send(message)
            assert one.recv(10) == message
    assert app.has_left.wait(LIMIT_S)


def test_websocket_that_the_app_refuses_is_refused(app: App, port: int) -> None:
    with pytest.raises(InvalidStatus, match="403"), connect(f"ws://127.0.0.1:{port}/refused"):
        pass


def test_nobody_behind_is_a_502_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        target = f"127.0.0.1:{one.getsockname()[1]}"
    tunnel = functools.partial(Tunnel, target)
    with uvicorn_server(ProxyApp(target), ws=tunnel) as port:
        with asking(port, "GET", "/") as answer:
            assert answer.status == 502
            assert b"is it starting?" in answer.read()
        with pytest.raises(InvalidStatus, match="502"), connect(f"ws://127.0.0.1:{port}/"):
            pass
