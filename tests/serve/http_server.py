"""OriginProtocol on a real socket of loopback, in a thread of the test."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from types import SimpleNamespace

from assetbuild.serve.origin import Origin
from assetbuild.serve.protocol import OriginApp, OriginProtocol

DATE = b"Thu, 26 Nov 2026 00:00:00 GMT"


@contextlib.contextmanager
def http_server(origin: Origin) -> Iterator[int]:
    """Serve an origin; yield the port."""
    config = SimpleNamespace(loaded_app=OriginApp(origin))
    state = SimpleNamespace(connections=set(), total_requests=0, default_headers=[(b"date", DATE)])
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: OriginProtocol(config, state, {}), "127.0.0.1", 0)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        for connection in list(state.connections):
            loop.call_soon_threadsafe(connection._transport.abort)
        # one more turn: what was aborted is told so
        loop.call_soon_threadsafe(lambda: loop.call_later(0.05, loop.stop))
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
