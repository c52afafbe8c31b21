"""A proxy in front of an S3 server that breaks things on purpose.

Each Fault says which requests it meets, what it does to them and how often. Requests that meet
none are forwarded as they are, Host header too, so signatures stay right.
"""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Action = Literal["answer", "reset", "truncate", "corrupt", "swallow", "hold", "forward"]


@dataclass(kw_only=True)
class Fault:
    """What happens to the requests that match."""

    action: Action
    matches: Callable[[str, str], bool] = lambda _method, _path: True  # method, path with query
    times: int | None = None  # None: for ever
    status: int = 503
    code: str = "SlowDown"
    extra: str = ""  # more XML inside <Error>
    headers: Mapping[str, str] = field(default_factory=dict)
    when: Callable[[Mapping[str, str]], bool] = lambda _headers: True  # request headers
    reached: threading.Event = field(default_factory=threading.Event)  # it met a request
    release: threading.Event = field(default_factory=threading.Event)  # ends a hold


class FaultProxy:
    """Runs on loopback until closed; use as a context manager."""

    def __init__(self, upstream: str, *, ca_file: str | None = None) -> None:
        parts = urlsplit(upstream)
        self.upstream = parts
        self.context = (
            ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        )
        self.checks_content = False  # refuse what is not the signed sha256, as AWS and Ceph do
        self.faults: list[Fault] = []
        self.log: list[tuple[str, str, int]] = []  # method, path, status (0: no answer)
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def add(self, fault: Fault) -> Fault:
        with self.lock:
            self.faults.append(fault)
        return fault

    def take(self, method: str, path: str, headers: Mapping[str, str]) -> Fault | None:
        with self.lock:
            for one in self.faults:
                if one.times != 0 and one.matches(method, path) and one.when(headers):
                    if one.times is not None:
                        one.times -= 1
                    one.reached.set()
                    return one
        return None

    def count(self, method: str, part: str = "") -> int:
        return sum(1 for one, path, _ in self.log if one == method and part in path)

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.faults:
            one.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    proxy: FaultProxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        return

    def _handle(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = proxy.take(self.command, self.path, headers)
        if fault is not None and fault.action == "reset":
            self.rfile.read(length // 2)
            self._reset()
            return
        body = self.rfile.read(length)
        if fault is not None and fault.action == "hold":
            fault.release.wait(30)
        if fault is not None and fault.action == "corrupt" and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        declared = headers.get("x-amz-content-sha256", "")
        if proxy.checks_content and hashlib.sha256(body).hexdigest() != declared:
            self._answer(400, {}, b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>")
            return
        if fault is not None and fault.action == "answer":
            text = f"<Error><Code>{fault.code}</Code>{fault.extra}</Error>".encode()
            self._answer(fault.status, {**fault.headers}, text)
            return
        if fault is not None and fault.action == "swallow":
            self._answer(200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}, b"")
            return
        status, answered, data = self._forward(body, headers)
        if fault is not None and fault.action == "truncate":
            self._note(status)
            self.send_response_only(status)
            for name, value in answered.items():
                if name != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data) + 100))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self.close_connection = True
            return
        self._answer(status, answered, data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle

    def _forward(
        self, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        proxy = self.server.proxy
        host, port = proxy.upstream.hostname or "", proxy.upstream.port
        connection: http.client.HTTPConnection
        if proxy.context is not None:
            connection = http.client.HTTPSConnection(host, port, context=proxy.context, timeout=60)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=60)
        try:
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in headers.items():
                if name != "connection":
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            data = response.read()
            kept = {
                name.lower(): value
                for name, value in response.getheaders()
                if name.lower() not in {"connection", "transfer-encoding", "keep-alive"}
            }
            return response.status, kept, data
        finally:
            connection.close()

    def _answer(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self._note(status)
        self.send_response_only(status)
        names = {name.lower() for name in headers}
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in names:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _reset(self) -> None:
        self._note(0)
        self.close_connection = True
        # a linger of zero makes close send RST instead of FIN
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _note(self, status: int) -> None:
        with self.server.proxy.lock:
            self.server.proxy.log.append((self.command, self.path, status))
