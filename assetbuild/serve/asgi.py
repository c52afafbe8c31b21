"""ASGI 3: an app that serves the assets, and a middleware that asks it first.

In: an Origin, the app behind it. Out: an ASGI callable. Refuses to know: how answers are decided.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from assetbuild.serve.bodies import OpenBody
from assetbuild.serve.origin import Origin
from assetbuild.serve.table import FileBody, Response

Scope: TypeAlias = "MutableMapping[str, Any]"  # Any: the ASGI message types
Receive: TypeAlias = "Callable[[], Awaitable[MutableMapping[str, Any]]]"
Send: TypeAlias = "Callable[[MutableMapping[str, Any]], Awaitable[None]]"
AsgiApp: TypeAlias = "Callable[[Scope, Receive, Send], Awaitable[None]]"
Sent: TypeAlias = "list[tuple[bytes, bytes]]"


class _ScopeFields:
    __slots__ = ("_pairs",)

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self._pairs = pairs

    def get(self, name: str, /) -> str | None:
        wanted = name.encode()
        values = [value for key, value in self._pairs if key == wanted]
        if not values:
            return None
        return (values[0] if len(values) == 1 else b", ".join(values)).decode("latin-1")


class AsgiAssets:
    """Answers what belongs to the assets; hands the rest to ``app``, or answers 404."""

    def __init__(self, origin: Origin, app: AsgiApp | None = None) -> None:
        self._origin = origin
        self._app = app
        # a table's answers in ASGI's form, made at their first use
        self._kept: dict[Response, Sent] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            method, fields = scope["method"], _ScopeFields(scope["headers"])
            query = scope.get("query_string", b"").decode("latin-1")
            path, mount = read_path(scope), scope.get("root_path") or ""
            below = split_mount(path, mount)
            is_whole = below == path  # a proxy took the mount off, or there is none
            found = self._origin.answer(
                method, path, fields, query=query, mount=mount if is_whole else ""
            )
            if found is None and not is_whole:
                found = self._origin.answer(method, below, fields, query=query, mount=mount)
            if found is not None:
                await self._send(found[0], found[1], send, takes_paths=_takes_paths(scope))
                return
            if self._app is None:
                await self._send(*self._origin.read(self._origin.miss(method, fields)), send)
                return
        if self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _run_lifespan(receive, send)

    async def _send(
        self,
        response: Response,
        body: bytes | OpenBody,
        send: Send,
        *,
        takes_paths: bool = False,
    ) -> None:
        headers = self._kept.get(response)
        if headers is None:
            headers = encode_headers(response)
            if response.is_kept:
                self._kept[response] = headers
        # a list of its own: a middleware outside may append to it
        await send(
            {"type": "http.response.start", "status": response.status, "headers": headers.copy()}
        )
        if isinstance(body, bytes):
            await send({"type": "http.response.body", "body": body})
            return
        if takes_paths and isinstance(response.body, FileBody) and response.body.is_whole:
            # the server reads the file itself, checked a moment ago; what it sends has to fill the
            # Content-Length, so a file that shrinks now is seen as before
            body.close()
            await send({"type": "http.response.pathsend", "path": body.path})
            return
        left = body.length
        try:
            async for data in body.read_off_loop():
                left -= len(data)
                await send({"type": "http.response.body", "body": data, "more_body": left > 0})
        finally:
            body.close()


def _takes_paths(scope: Scope) -> bool:
    """Tell whether the server offers to send files by their path (the extension of that name)."""
    return "http.response.pathsend" in (scope.get("extensions") or ())


def encode_headers(response: Response) -> Sent:
    """Return header fields as ASGI wants them: bytes, names in lower case."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers]


def read_path(scope: Scope) -> str:
    """Return the decoded path; undecodable bytes become lone surrogates, which nothing matches."""
    path: str = scope["path"]
    if "\ufffd" in path and isinstance(scope.get("raw_path"), bytes):
        # servers decode what is not UTF-8 with replacement characters, which a name may hold
        return unquote_to_bytes(scope["raw_path"]).decode("utf-8", "surrogateescape")
    return path


def split_mount(path: str, mount: str) -> str:
    """Return a path without what an app is mounted below; as it is where it does not begin so.

    A scope's path holds its root_path where a server or a router put it there, and does not
    where a proxy took it off.
    """
    return path[len(mount) :] if mount and path.startswith(f"{mount}/") else path


async def _run_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
