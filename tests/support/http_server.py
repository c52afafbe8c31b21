"""An HTTP server in a thread of the test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from threading import Thread


@contextlib.contextmanager
def run_http_server(server: ThreadingHTTPServer) -> Iterator[str]:
    """Serve while the block runs, however it ends; yield the URL without a path."""
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    with server:
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
