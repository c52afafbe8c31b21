"""A proxy to the app behind the dev server, as an ASGI app.

In: the app's address, a request. Out: the app's answer, passed on as it comes.
Refuses to know: assets, production. HTTP/1.1 is read and written by h11, which uvicorn brings.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import urlsplit

from assetbuild.serve.asgi import Receive, Scope, Send

# RFC 9110 section 7.6.1: what belongs to one connection is not passed on
_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"expect",
    }
)
_CHUNK = 65_536


class ProxyApp:
    """Passes every request on to one address; tells plainly while no one listens there."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target if "//" in target else "//" + target)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80
        self._target = f"http://{self._host}:{self._port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        if scope["type"] != "http":
            raise RuntimeError(f"the dev server's proxy does not pass on {scope['type']}")
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            text = f"502: the app does not answer at {self._target}; is it starting?\n".encode()
            headers = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"cache-control", b"no-store"),
                (b"content-length", str(len(text)).encode()),
                (b"retry-after", b"1"),
            ]
            await send({"type": "http.response.start", "status": 502, "headers": headers})
            await send({"type": "http.response.body", "body": text})
            return
        try:
            await _exchange(scope, receive, send, reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _exchange(
    scope: Scope,
    receive: Receive,
    send: Send,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    import h11  # only where a proxy runs

    peer = h11.Connection(h11.CLIENT)
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    writer.write(
        peer.send(h11.Request(method=scope["method"], target=target, headers=_pass_on(scope)))
        or b""
    )
    sending = asyncio.ensure_future(_send_request(peer, receive, writer))
    is_started = False
    try:
        while True:
            event: Any = peer.next_event()
            if event is h11.NEED_DATA:
                # an empty read is the end; h11 then says whether the answer was cut, and raises:
                # the browser's connection breaks too, and no one takes it for whole
                peer.receive_data(await reader.read(_CHUNK))
            elif isinstance(event, h11.Response):
                is_started = True
                headers = [(k, v) for k, v in event.headers if k not in _HOP]
                start = {"type": "http.response.start", "status": event.status_code}
                await send({**start, "headers": headers})
            elif isinstance(event, h11.Data):
                data = bytes(event.data)
                await send({"type": "http.response.body", "body": data, "more_body": True})
            elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                break
    finally:
        sending.cancel()
    if is_started:
        await send({"type": "http.response.body", "body": b""})


def _pass_on(scope: Scope) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in scope["headers"] if name not in _HOP]
    # uncompressed, so that the script can be added to a page
    kept = [one for one in kept if one[0] not in (b"accept-encoding", b"x-forwarded-for")]
    names = {name for name, _ in kept}
    if b"content-length" not in names and any(
        name == b"transfer-encoding" for name, _ in scope["headers"]
    ):
        kept.append((b"transfer-encoding", b"chunked"))
    client = scope.get("client")
    return [
        *kept,
        (b"accept-encoding", b"identity"),
        *([(b"x-forwarded-for", client[0].encode())] if client else []),
        (b"connection", b"close"),
    ]


async def _send_request(peer: Any, receive: Receive, writer: asyncio.StreamWriter) -> None:
    import h11  # only where a proxy runs

    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            # the browser left: so do we, and the app sees it
            writer.close()
            return
        if message.get("body"):
            writer.write(peer.send(h11.Data(data=message["body"])) or b"")
        if not message.get("more_body"):
            if peer.our_state is h11.SEND_BODY:
                writer.write(peer.send(h11.EndOfMessage()) or b"")
            await writer.drain()
            continue
        await writer.drain()
