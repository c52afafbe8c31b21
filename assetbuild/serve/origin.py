"""The origin: a table and its bytes, as the adapters ask for them.

In: a request's method, path and header fields. Out: a Response with its bytes in hand, or None.
Refuses to know: WSGI, ASGI, sockets, who keeps the table up to date.
"""

from __future__ import annotations

from typing import Protocol

from assetbuild.serve.bodies import BodyLostError, BodyStore, OpenBody
from assetbuild.serve.respond import BROKEN, BROKEN_TEXT, Fields, miss, respond
from assetbuild.serve.table import Response, Table


class TableSource(Protocol):
    """Who knows the table of this moment: a constant in production, a build in development."""

    def table(self) -> Table:
        """Return the table to answer from; in development this may wait for a build."""


class FixedTable:
    """A table that was read when the process started; earlier releases may join it later."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def replace(self, table: Table) -> None:
        """Answer from another table of the same build from now on."""
        self._table = table

    def table(self) -> Table:
        return self._table


class Origin:
    """Answers requests: the pure core, then the bytes, checked before anything is sent."""

    def __init__(self, source: TableSource, *, store: BodyStore | None = None) -> None:
        self.source = source
        self._store = BodyStore() if store is None else store

    def answer(
        self, method: str, path: str, headers: Fields, *, query: str = "", mount: str = ""
    ) -> tuple[Response, bytes | OpenBody] | None:
        """Return the response and its body; None where the request is the app's."""
        response = self.respond(method, path, headers, query=query, mount=mount)
        return None if response is None else self.read(response)

    def respond(
        self, method: str, path: str, headers: Fields, *, query: str = "", mount: str = ""
    ) -> Response | None:
        """Return the response without its bytes; None where the request is the app's."""
        return respond(self.source.table(), method, path, headers, query, mount)

    def miss(self, method: str, headers: Fields) -> Response:
        """Return the 404 of a server with no app behind it."""
        return miss(self.source.table(), method, headers)

    def read(self, response: Response) -> tuple[Response, bytes | OpenBody]:
        """Return a response with its bytes; where they are lost, a 500."""
        try:
            return response, self._store.read(response.body)
        except BodyLostError:
            # no-store: a cache must not keep the accident, and must never see part of a file
            return BROKEN, BROKEN_TEXT
