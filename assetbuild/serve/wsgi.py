"""WSGI (PEP 3333): an app that serves the assets, and a middleware that asks it first.

In: an Origin, the app behind it. Out: a WSGI callable. Refuses to know: how answers are decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, TypeAlias

from assetbuild.serve.bodies import OpenBody
from assetbuild.serve.origin import Origin
from assetbuild.serve.table import Response

Environ: TypeAlias = "dict[str, Any]"  # Any: PEP 3333 mixes types
StartResponse: TypeAlias = "Callable[..., Any]"
WsgiApp: TypeAlias = "Callable[[Environ, StartResponse], Iterable[bytes]]"

_KEYS = {
    name: "HTTP_" + name.upper().replace("-", "_")
    for name in (
        "accept-encoding",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "range",
    )
}
_REASONS = {one.value: f"{one.value} {one.phrase}" for one in HTTPStatus}


class _EnvironFields:
    __slots__ = ("_environ",)

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def get(self, name: str, /) -> str | None:
        value: str | None = self._environ.get(_KEYS[name])
        return value


class WsgiAssets:
    """Answers what belongs to the assets; hands the rest to ``app``, or answers 404."""

    def __init__(self, origin: Origin, app: WsgiApp | None = None) -> None:
        self._origin = origin
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        found = self._answer(environ)
        if found is None:
            if self._app is not None:
                return self._app(environ, start_response)
            missed = self._origin.miss(environ["REQUEST_METHOD"], _EnvironFields(environ))
            found = self._origin.read(missed)
        response, body = found
        # a list of its own: a server or a middleware may append to it
        start_response(_REASONS[response.status], list(response.headers))
        if isinstance(body, bytes):
            return [body] if body else []
        # no wsgi.file_wrapper: with it, gunicorn's sendfile ends quietly when the file shrinks and
        # keeps the connection, so that the next answer's bytes complete this one
        # (tests/e2e/test_truncation.py); reading costs little beside that
        return body

    def _answer(self, environ: Environ) -> tuple[Response, bytes | OpenBody] | None:
        path = decode_path(environ.get("PATH_INFO", ""))
        mount = environ.get("SCRIPT_NAME")
        method, fields = environ["REQUEST_METHOD"], _EnvironFields(environ)
        query = environ.get("QUERY_STRING", "")
        if not mount:
            return self._origin.answer(method, path, fields, query=query)
        mount = decode_path(mount)
        # mounted by a dispatcher at our own prefix: the whole path is the URL's
        found = self._origin.answer(method, mount + path, fields, query=query)
        if found is not None:
            return found
        return self._origin.answer(method, path, fields, query=query, mount=mount)


def decode_path(text: str) -> str:
    """Return a WSGI path as text: UTF-8 bytes that PEP 3333 dressed as Latin-1.

    Other bytes become lone surrogates, which no path of a table holds.
    """
    if text.isascii():
        return text
    return text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
