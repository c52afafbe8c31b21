"""HTTP/1.1 over a socket, for an Origin alone: the connection of ``assetbuild serve --production``.

In: an Origin, bytes of a socket. Out: its answers as bytes. uvicorn owns the listening socket, the
signals, the workers and the end; this is the protocol class that it runs for each connection.
Refuses to know: how answers are decided. Source: RFC 9112.
"""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import Any

import h11

from assetbuild.serve.bodies import BodyLostError, OpenBody
from assetbuild.serve.origin import Origin
from assetbuild.serve.request import MAX_HEAD, Head, Unread, read_head, split_target
from assetbuild.serve.respond import plain_answer
from assetbuild.serve.table import Response

HEAD_TIMEOUT_S = 10.0
"""Seconds for a request's head: who sends it byte by byte is cut off."""

IDLE_TIMEOUT_S = 75.0
"""Seconds that an unused connection stays open: longer than proxies keep theirs (nginx: 60)."""

STALL_TIMEOUT_S = 60.0
"""Seconds in which a client that is being answered must take something."""

_LINGER_S = 2.0  # reads on after the last answer, so that no reset overtakes it
_TICK_S = 5.0
_REMEMBERED = 4096  # questions whose answer is known without asking the table
_STATUS = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n".encode() for one in HTTPStatus}


class Answers:
    """An origin's answers as bytes; one for a process, shared by its connections."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._heads: dict[Response, bytes] = {}
        self._remembered: dict[tuple[str, bytes, str | None, str | None], Response] = {}

    def find(self, method: str, target: bytes, fields: dict[str, str]) -> Response:
        """Return the answer to a question."""
        # host, accept-encoding and connection alone: the usual question, asked again and again
        is_usual = len(fields) <= 3 and not fields.keys() - {
            "host",
            "accept-encoding",
            "connection",
        }
        key = (method, target, fields.get("accept-encoding"), fields.get("host"))
        if is_usual and (known := self._remembered.get(key)) is not None:
            return known
        path, query, host = split_target(target)
        if host is not None:
            fields = {**fields, "host": host}
        found = self._origin.respond(method, path, fields, query=query)
        if found is None:
            return self._origin.miss(method, fields)
        if is_usual and found.status == 200 and found.is_kept:
            if len(self._remembered) >= _REMEMBERED:
                # anyone can ask in new ways: what is remembered stays small
                self._remembered.clear()
            self._remembered[key] = found
        return found

    def read(self, response: Response) -> tuple[Response, bytes | OpenBody]:
        """Return the response with its bytes, or a 500."""
        return self._origin.read(response)

    def encode_fields(self, response: Response) -> bytes:
        """Return the header fields as lines."""
        lines = self._heads.get(response)
        if lines is None:
            text = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
            lines = text.encode("latin-1")
            if response.is_kept:
                self._heads[response] = lines
        return lines


class OriginProtocol(asyncio.Protocol):
    """One connection. Its arguments are what uvicorn gives to a protocol class."""

    def __init__(
        self, config: Any, server_state: Any, app_state: Any, _loop: Any = None
    ) -> None:  # Any: uvicorn's own types
        self._answers: Answers = config.loaded_app.answers
        self._state = server_state
        self._loop: asyncio.AbstractEventLoop = _loop or asyncio.get_running_loop()
        self._transport: Any = None
        self._rest = b""  # what came and is not answered
        self._since = 0.0  # when the connection began to wait for what it waits for
        self._unsent = 0  # bytes that the client had not taken at the last tick
        self._is_closing = False  # nothing more is answered
        self._sending: asyncio.Task[None] | None = None  # a large file on its way
        self._can_write: asyncio.Future[None] | None = None  # set while the client is behind
        self._timer: asyncio.TimerHandle | None = None

    # what the event loop and uvicorn call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._state.connections.add(self)
        self._since = self._loop.time()
        self._timer = self._loop.call_later(_TICK_S, self._tick)

    def connection_lost(self, _: Exception | None) -> None:
        self._state.connections.discard(self)
        self._is_closing = True
        if self._timer is not None:
            self._timer.cancel()
        if self._sending is not None:
            self._sending.cancel()

    def data_received(self, data: bytes) -> None:
        if self._is_closing:
            return
        self._rest = self._rest + data if self._rest else data
        self._work()

    def eof_received(self) -> bool:
        # a client may close its side after asking: it still gets the answer
        if self._sending is None:
            self._is_closing = True
            return False
        return True

    def pause_writing(self) -> None:
        self._can_write = self._loop.create_future()
        self._since = self._loop.time()
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._can_write is not None and not self._can_write.done():
            self._can_write.set_result(None)
        self._can_write = None
        if self._sending is None and not self._is_closing:
            self._transport.resume_reading()
            self._work()

    def shutdown(self) -> None:
        """End after the answer that is on its way."""
        self._is_closing = True
        if self._sending is None:
            self._transport.close()

    # the work

    def _work(self) -> None:
        """Answer the requests that are there, in their order."""
        data, at = self._rest, 0
        while at < len(data) and not (self._is_closing or self._sending or self._can_write):
            head = read_head(data, at)
            if isinstance(head, Unread):
                if head is Unread.ODD:
                    self._rest = b""
                    self._judge(data[at:])
                    return
                break
            at = head.end
            self._answer(head)
        was_empty = not self._rest or at > 0
        self._rest = data[at:] if at else data
        if was_empty:
            self._since = self._loop.time()

    def _answer(self, head: Head) -> None:
        response = self._answers.find(head.method, head.target, head.fields)
        more = b""
        if not head.is_kept:
            more = b"Connection: close\r\n"
        elif head.is_old:
            more = b"Connection: keep-alive\r\n"
        self._send(response, more, is_kept=head.is_kept)

    def _send(self, response: Response, more: bytes, *, is_kept: bool) -> None:
        response, body = self._answers.read(response)
        self._state.total_requests += 1
        dates = b"".join(b"Date: %b\r\n" % value for _, value in self._state.default_headers[:1])
        lines = self._answers.encode_fields(response)
        head = b"".join((_STATUS[response.status], dates, lines, more, b"\r\n"))
        if isinstance(body, bytes):
            self._transport.write(head + body)
            if not is_kept:
                self._finish()
            return
        self._transport.pause_reading()
        self._sending = self._loop.create_task(self._stream(head, body, is_kept=is_kept))

    async def _stream(self, head: bytes, body: OpenBody, *, is_kept: bool) -> None:
        try:
            self._transport.write(head)
            async for data in body.read_off_loop():
                self._transport.write(data)
                if self._can_write is not None:
                    await self._can_write
        except BodyLostError:
            # the length was promised: to break off is what tells the client and every cache
            self._transport.close()
            return
        finally:
            self._sending = None
            body.close()
        if self._is_closing or not is_kept:
            self._finish()
            return
        self._since = self._loop.time()
        self._transport.resume_reading()
        self._work()

    def _judge(self, data: bytes) -> None:
        """Let h11 read what is no usual request; the connection ends after the answer."""
        peer = h11.Connection(h11.SERVER)
        try:
            if data.find(b"\r\n\r\n", 0, MAX_HEAD) < 0:
                raise h11.RemoteProtocolError("too long", error_status_hint=431)
            peer.receive_data(data)
            event = peer.next_event()
        except h11.RemoteProtocolError as failure:
            self._send(_refuse(failure.error_status_hint), b"Connection: close\r\n", is_kept=False)
            return
        if not isinstance(event, h11.Request):
            self._finish()
            return
        fields: dict[str, str] = {}
        for raw_name, raw_value in event.headers:
            name, value = raw_name.decode(), raw_value.decode("latin-1")
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        response = self._answers.find(event.method.decode("latin-1"), event.target, fields)
        self._send(response, b"Connection: close\r\n", is_kept=False)

    def _finish(self) -> None:
        """Close, after what was written has gone out."""
        self._is_closing = True
        if self._transport.is_closing():
            return
        # to close with bytes unread would reset the connection under the answer
        with contextlib.suppress(OSError, RuntimeError):
            self._transport.write_eof()
        self._transport.resume_reading()
        self._loop.call_later(_LINGER_S, self._transport.close)

    def _tick(self) -> None:
        """End a connection that takes too long."""
        self._timer = self._loop.call_later(_TICK_S, self._tick)
        waited = self._loop.time() - self._since
        unsent = self._transport.get_write_buffer_size()
        if unsent:
            if unsent < self._unsent:
                self._since = self._loop.time()  # slow, but it takes what it is sent
            elif waited > STALL_TIMEOUT_S:
                self._transport.abort()
            self._unsent = unsent
        elif self._sending is None and self._rest and waited > HEAD_TIMEOUT_S:
            self._send(_refuse(408), b"Connection: close\r\n", is_kept=False)
        elif self._sending is None and waited > IDLE_TIMEOUT_S:
            self._transport.close()


def _refuse(status: int) -> Response:
    return plain_answer(status, HTTPStatus(status).phrase)


class OriginApp:
    """What uvicorn loads as the app: it holds the answers for the protocol, and is never called."""

    def __init__(self, origin: Origin) -> None:
        self.answers = Answers(origin)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("answered by OriginProtocol")
