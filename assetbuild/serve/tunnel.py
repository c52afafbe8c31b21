"""WebSockets through the dev server: the bytes of an upgraded connection, passed both ways.

In: the app's address, the upgrade request as bytes. Out: whatever the two sides say to each other.
Refuses to know: frames, what is said. uvicorn hands over a connection that asks to be upgraded to
the protocol class that it was given for WebSockets, with the request written out again.
"""

from __future__ import annotations

import asyncio
from typing import Any

from assetbuild.serve.proxy import split_address, tell_no_answer

Transport = Any  # asyncio types its transports by what they can do, not by what they are


class Tunnel(asyncio.Protocol):
    """The browser's side. Its arguments but the first are what uvicorn gives to a protocol class."""

    def __init__(
        self, target: str, *, config: object, server_state: Any, app_state: object
    ) -> None:
        self._target = target
        self._connections: set[Any] = server_state.connections
        self._client: Transport = None
        self._waiting: list[bytes] = []  # said before the app's side was there
        self._app: Transport | None = None
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._client = transport
        self._connections.add(self)
        self._opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        host, port = split_address(self._target)
        try:
            app, _ = await asyncio.get_running_loop().create_connection(
                lambda: _AppSide(self._client), host, port
            )
        except OSError:
            body = tell_no_answer(self._target)
            head = f"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
            self._client.write(head.encode() + body)
            self._client.close()
            return
        self._app = app
        for data in self._waiting:
            self._app.write(data)
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        if self._app is None:
            self._waiting.append(data)
        else:
            self._app.write(data)

    def pause_writing(self) -> None:
        if self._app is not None:
            self._app.pause_reading()

    def resume_writing(self) -> None:
        if self._app is not None:
            self._app.resume_reading()

    def connection_lost(self, _: Exception | None) -> None:
        self._connections.discard(self)
        if self._opening is not None:
            self._opening.cancel()
        if self._app is not None:
            self._app.close()

    def shutdown(self) -> None:
        """End, as uvicorn asks when the server ends."""
        self._client.close()


class _AppSide(asyncio.Protocol):
    def __init__(self, client: Transport) -> None:
        self._client = client

    def data_received(self, data: bytes) -> None:
        self._client.write(data)

    def pause_writing(self) -> None:
        self._client.pause_reading()

    def resume_writing(self) -> None:
        self._client.resume_reading()

    def connection_lost(self, _: Exception | None) -> None:
        self._client.close()
