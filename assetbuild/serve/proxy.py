"""A proxy to the app behind the dev server, as an ASGI app.

In: the app's address, a request. Out: the app's answer, passed on as it comes.
Refuses to know: assets, production. HTTP/1.1 is read and written by h11, which uvicorn brings.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import urlsplit

import h11

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


def split_address(target: str) -> tuple[str, int]:
    """Return host and port of an address with or without its scheme."""
    parts = urlsplit(target if "//" in target else "//" + target)
    return parts.hostname or "127.0.0.1", parts.port or 80


def tell_no_answer(target: str) -> bytes:
    """Return the text of a 502."""
    host, port = split_address(target)
    return f"502: the app does not answer at http://{host}:{port}; is it starting?\n".encode()


class ProxyApp:
    """Passes every request on to one address; tells plainly while no one listens there."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._host, self._port = split_address(target)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        if scope["type"] != "http":
            raise RuntimeError(f"the dev server's proxy does not pass on {scope['type']}")
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            await _send_502(send, tell_no_answer(self._target))
            return
        exchange = _Exchange(scope, receive, send)
        try:
            await exchange.run(reader, writer)
        except (h11.RemoteProtocolError, OSError):
            if not exchange.is_started and not exchange.is_gone:
                await _send_502(send, b"502: the app broke off before it answered\n")
            # else: uvicorn sees an answer without its end, says so in a line and breaks the
            # browser's connection too, so that no one takes the half for the whole
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _send_502(send: Send, text: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(text)).encode()),
        (b"retry-after", b"1"),
    ]
    await send({"type": "http.response.start", "status": 502, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._peer = h11.Connection(h11.CLIENT)
        self.is_started = False  # the browser has the head of the answer
        self.is_gone = False  # the browser left

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass both on. Errors: OSError and h11's where the app breaks off."""
        scope, peer = self._scope, self._peer
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        head = h11.Request(
            method=scope["method"], target=scope["raw_path"] + query, headers=_pass_on(scope)
        )
        writer.write(peer.send(head) or b"")
        sending = asyncio.ensure_future(self._send_request(writer))
        try:
            while True:
                event: Any = peer.next_event()
                if event is h11.NEED_DATA:
                    # an empty read is the end; h11 says whether the answer was cut, and raises
                    peer.receive_data(await reader.read(_CHUNK))
                elif isinstance(event, h11.Response):
                    self.is_started = True
                    headers = [(k, v) for k, v in event.headers if k not in _HOP]
                    start = {"type": "http.response.start", "status": event.status_code}
                    await self._send({**start, "headers": headers})
                elif isinstance(event, h11.Data):
                    data = bytes(event.data)
                    await self._send(
                        {"type": "http.response.body", "body": data, "more_body": True}
                    )
                elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                    break
        finally:
            sending.cancel()
        if self.is_started:
            await self._send({"type": "http.response.body", "body": b""})

    async def _send_request(self, writer: asyncio.StreamWriter) -> None:
        peer = self._peer
        # an app may answer and close before it has read an upload
        with contextlib.suppress(OSError, h11.LocalProtocolError):
            while True:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    # the browser left: so do we, and the app sees it
                    self.is_gone = True
                    writer.close()
                    return
                if message.get("body"):
                    writer.write(peer.send(h11.Data(data=message["body"])) or b"")
                if not message.get("more_body") and peer.our_state is h11.SEND_BODY:
                    writer.write(peer.send(h11.EndOfMessage()) or b"")
                await writer.drain()


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
