"""The dev server's own URLs: the event stream and the script in the page; foreign pages get a 403.

In: a DevSite, a request. Out: WSGI and ASGI middlewares round an app.
Refuses to know: builds, production. Source: HTML Living Standard, server-sent events.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
from collections.abc import Callable, Iterable, Iterator
from html import escape
from importlib.resources import files
from typing import Any

from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from assetbuild.serve.asgi import AsgiApp, AsgiAssets, Receive, Scope, Send, read_path, split_mount
from assetbuild.serve.dev import DevSite, Event
from assetbuild.serve.dev_hosts import is_refused
from assetbuild.serve.origin import Origin
from assetbuild.serve.wsgi import Environ, StartResponse, WsgiApp, WsgiAssets, decode_path
from assetbuild.urlparts import quote_path

EVENTS_PATH = "/__assetbuild/events"
SCRIPT_PATH = "/__assetbuild/reload.js"
_KEEPALIVE_S = 15.0

_SCRIPT_HEADERS = [
    ("Content-Type", "text/javascript; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]
_EVENT_HEADERS = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-store"),
    # nginx would hold events back
    ("X-Accel-Buffering", "no"),
]
_PROBLEM_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
]
_REFUSED = b"403: the dev server answers this machine only; see [serve] dev-hosts\n"
_REFUSED_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Length", str(len(_REFUSED))),
]


def script_tag(build: str, mount: str = "") -> bytes:
    """Return what a page of a build gets: its script sees when the page is older than the site.

    ``mount`` is the path below which the app is reached.
    """
    return (
        f'<script src="{escape(quote_path(mount))}{SCRIPT_PATH}?{build}" async></script>'.encode()
    )


def find_prefix(origin: Origin) -> tuple[str, AssetbuildError | None]:
    """Return the assets' prefix; while there has been no good build, what is wrong with it."""
    try:
        return origin.source.table().prefix, None
    except AssetbuildError as failure:
        return EVENTS_PATH, failure


def render_problem(failure: AssetbuildError, mount: str) -> bytes:
    """Return a page for a build that never succeeded; its script shows when that changes."""
    text = escape("\n\n".join(render_diagnostic(one) for one in failure.diagnostics))
    page = f"<!doctype html><title>assetbuild: the build failed</title><pre>{text}</pre>\n"
    return page.encode() + script_tag("", mount)


def _is_ours(prefix: str, *paths: str) -> bool:
    """Tell whether a request is for what only this machine may read; paths with and without mount."""
    return any(one in (EVENTS_PATH, SCRIPT_PATH) or one.startswith(prefix) for one in paths)


def read_script() -> bytes:
    """Return the script that reloads the page, swaps style sheets and shows problems."""
    return (files("assetbuild.serve") / "reload.js").read_bytes()


def encode_event(event: Event) -> bytes:
    """Return an event in the stream's form."""
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def _is_page(origin: Origin, *paths: str) -> bool:
    """Tell whether the build has a page there, which gets the script too: sent uncompressed then."""
    found = (origin.respond("HEAD", one, {}) for one in paths)
    return any(one is not None and takes_script(str(one.status), one.headers) for one in found)


class WsgiLive:
    """Development over WSGI: assets, events and the script; the app's and the build's pages get it."""

    def __init__(
        self, origin: Origin, dev: DevSite, app: WsgiApp, *, allowed: tuple[str, ...]
    ) -> None:
        self._assets = WsgiAssets(origin, app)
        self._origin = origin
        self._dev = dev
        self._allowed = allowed
        self._script = read_script()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, mount = decode_path(environ.get("PATH_INFO", "")), _read_mount(environ)
        prefix, problem = find_prefix(self._origin)
        is_ours = _is_ours(prefix, path, mount + path)
        foreign = is_refused(environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"), self._allowed)
        if is_ours and foreign:
            start_response("403 Forbidden", list(_REFUSED_HEADERS))
            return [_REFUSED]
        if path == SCRIPT_PATH:
            length = ("Content-Length", str(len(self._script)))
            start_response("200 OK", [*_SCRIPT_HEADERS, length])
            return [self._script]
        if path == EVENTS_PATH:
            start_response("200 OK", list(_EVENT_HEADERS))
            return self._stream()
        if problem is not None:
            page = render_problem(problem, mount)
            length = ("Content-Length", str(len(page)))
            start_response("500 Internal Server Error", [*_PROBLEM_HEADERS, length])
            return [page]
        if _is_page(self._origin, path, mount + path):
            environ.pop("HTTP_ACCEPT_ENCODING", None)
        return self._inject(environ, start_response)

    def _stream(self) -> Iterator[bytes]:
        waiting: queue.Queue[Event] = queue.Queue()
        stop = self._dev.listen(waiting.put)
        try:
            while True:
                yield _wait_event(waiting)
        finally:
            stop()

    def _inject(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        is_page = False
        # before the app answers: a page that is taken for older than it is only loads once more
        tag = script_tag(self._dev.build, _read_mount(environ))

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal is_page
            is_page = environ["REQUEST_METHOD"] == "GET" and takes_script(status[:3], headers)
            return start_response(
                status, dress_page(headers, len(tag)) if is_page else headers, *more
            )

        result = self._assets(environ, start)
        return _Appended(result, lambda: tag if is_page else b"")


def _read_mount(environ: Environ) -> str:
    return decode_path(environ.get("SCRIPT_NAME", ""))


def _wait_event(waiting: queue.Queue[Event]) -> bytes:
    try:
        return encode_event(waiting.get(timeout=_KEEPALIVE_S))
    except queue.Empty:
        # a comment: writing is the only way to notice that the page is gone
        return b":\n\n"


class _Appended:
    """An app's body with the script after it: the parser moves it into the body."""

    def __init__(self, result: Iterable[bytes], end: Callable[[], bytes]) -> None:
        self._result = result
        self._end = end  # asked when the app has answered

    def __iter__(self) -> Iterator[bytes]:
        yield from self._result
        if end := self._end():
            yield end

    def close(self) -> None:
        close = getattr(self._result, "close", None)
        if close is not None:
            close()


def takes_script(status: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Tell whether an answer is a whole, uncompressed HTML page."""
    found = {name.lower(): value.lower() for name, value in headers}
    return (
        found.get("content-type", "").startswith("text/html")
        and found.get("content-encoding", "identity") == "identity"
        and status not in ("204", "206", "304")
    )


def dress_page(headers: Iterable[tuple[str, str]], more_bytes: int) -> list[tuple[str, str]]:
    """Return a page's headers with a Content-Length that counts the script's tag.

    The page is not stored: a 304 later would bring back a tag that names an old build.
    """
    kept = [one for one in headers if one[0].lower() != "cache-control"]
    return [
        *(
            (name, str(int(value) + more_bytes) if name.lower() == "content-length" else value)
            for name, value in kept
        ),
        ("Cache-Control", "no-store"),
    ]


class AsgiLive:
    """Development over ASGI; as WsgiLive."""

    def __init__(
        self, origin: Origin, dev: DevSite, app: AsgiApp, *, allowed: tuple[str, ...]
    ) -> None:
        self._origin = origin
        self._dev = dev
        self._app = app
        self._allowed = allowed
        self._script = read_script()
        self._assets = AsgiAssets(origin, app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        whole, mount = read_path(scope), scope.get("root_path") or ""
        path = split_mount(whole, mount)
        # a build may run: not on the loop
        prefix, problem = await asyncio.to_thread(find_prefix, self._origin)
        if _is_ours(prefix, path, whole):
            pairs = {name: value.decode("latin-1") for name, value in scope["headers"]}
            if is_refused(pairs.get(b"host"), pairs.get(b"origin"), self._allowed):
                await _send_all(send, 403, _REFUSED_HEADERS, _REFUSED)
                return
        if path == SCRIPT_PATH:
            await _send_all(send, 200, _SCRIPT_HEADERS, self._script)
        elif path == EVENTS_PATH:
            await self._stream(receive, send)
        elif problem is not None:
            await _send_all(send, 500, _PROBLEM_HEADERS, render_problem(problem, mount))
        else:
            fields = scope["headers"]
            if _is_page(self._origin, path, whole):
                fields = [one for one in fields if one[0] != b"accept-encoding"]
            # without extensions: a page that the server reads from its path would lack the script
            await self._inject({**scope, "headers": fields, "extensions": {}}, receive, send)

    async def _stream(self, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[Event] = asyncio.Queue()

        def tell(event: Event) -> None:
            # after the loop's end there is no one to tell
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(waiting.put_nowait, event)

        stop = await asyncio.to_thread(self._dev.listen, tell)
        await send(_start(200, _EVENT_HEADERS))
        gone = asyncio.ensure_future(_wait_gone(receive))
        try:
            while not gone.done():
                get = asyncio.ensure_future(waiting.get())
                await asyncio.wait(
                    {get, gone}, timeout=_KEEPALIVE_S, return_when=asyncio.FIRST_COMPLETED
                )
                data = encode_event(get.result()) if get.done() else b":\n\n"
                get.cancel()
                await send({"type": "http.response.body", "body": data, "more_body": True})
        finally:
            gone.cancel()
            stop()

    async def _inject(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = False
        tag = script_tag(self._dev.build, scope.get("root_path") or "")

        async def pass_on(message: Any) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start" and scope["method"] == "GET":
                pairs = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in message["headers"]]
                is_page = takes_script(str(message["status"]), pairs)
                if is_page:
                    message = {**message, "headers": _encode(dress_page(pairs, len(tag)))}
            elif is_page and not message.get("more_body"):
                message = {**message, "body": message.get("body", b"") + tag}
            await send(message)

        await self._assets(scope, receive, pass_on)


async def _wait_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _encode(pairs: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def _start(status: int, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": _encode(pairs)}


async def _send_all(send: Send, status: int, pairs: Iterable[tuple[str, str]], body: bytes) -> None:
    headers = [one for one in pairs if one[0] != "Content-Length"]
    await send(_start(status, [*headers, ("Content-Length", str(len(body)))]))
    await send({"type": "http.response.body", "body": body})
