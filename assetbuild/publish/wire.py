"""HTTP to one origin: connections that are kept, and answers that are whole or an exception.

In: a method, a target, headers, a body. Out: an Answer, or WireError. No retries, no meaning:
publish.retry and publish.s3 decide those.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

_BLOCK = 256 * 1024
_SMALL = 64 * 1024  # bytes that are worth copying to save a write
# Linux: the head waits for the first bytes of the body instead of going alone
_MORE = getattr(socket, "MSG_MORE", 0)
USER_AGENT = "assetbuild"


class WireError(Exception):
    """The connection failed before a whole answer had come."""

    def __init__(
        self, message: str, *, is_certificate: bool = False, is_name: bool = False
    ) -> None:
        super().__init__(message)
        self.is_certificate = is_certificate  # TLS does not trust the other side
        self.is_name = is_name  # the host name leads nowhere


class SourceError(Exception):
    """The file that was to be sent cannot be read, or has fewer bytes than it had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSlice:
    """Bytes of a file, which the kernel sends where it can: they never come into this process."""

    file: str  # absolute path
    start: int  # offset in bytes
    size: int  # bytes


Sendable = bytes | FileSlice


def size_of(body: Sendable) -> int:
    """Return the bytes that sending it takes."""
    return body.size if isinstance(body, FileSlice) else len(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer."""

    status: int  # three digits
    headers: Mapping[str, str]  # lower-case names; repeated fields joined by ", "
    data: bytes = field(repr=False)  # the body; empty when only its digest was asked for
    sha256: str = ""  # of the body, when its digest was asked for
    size: int = 0  # bytes of the body


class _OneWrite(http.client.HTTPConnection):
    """Sends headers and a small body in one write: half the system calls, packets, TLS records."""

    _held: list[bytes] | None = None  # the head, until the body is known; None: writes go out

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)

    def send_all(self, body: Sendable) -> None:
        """Send what putrequest and putheader gathered, and the body. Errors: SourceError."""
        self._held = []
        self.endheaders()
        head, self._held = b"".join(self._held), None
        if isinstance(body, FileSlice) and body.size <= _SMALL:
            with _open_slice(body) as file:
                body = _read_exactly(file, body.size)
        if isinstance(body, FileSlice):
            with _open_slice(body) as file:
                self._send_head(head)
                self._send_file(file, body)
        elif len(body) <= _SMALL:
            super().send(head + body)
        else:
            self._send_head(head)
            super().send(body)

    def _send_head(self, head: bytes) -> None:
        if self.sock is None:
            self.connect()
        assert self.sock is not None
        self.sock.sendall(head, _MORE)

    def _send_file(self, file: BinaryIO, body: FileSlice) -> None:
        assert self.sock is not None
        if self.sock.sendfile(file, body.start, body.size) != body.size:
            raise SourceError("it was cut while it was sent")


class _OneWriteTls(_OneWrite, http.client.HTTPSConnection):
    """The same over TLS, where the bytes have to pass through this process."""

    def _send_head(self, head: bytes) -> None:
        super().send(head)

    def _send_file(self, file: BinaryIO, body: FileSlice) -> None:
        left = body.size
        while left:
            block = _read_exactly(file, min(_BLOCK, left))
            super().send(block)
            left -= len(block)


def _open_slice(body: FileSlice) -> BinaryIO:
    try:
        file = Path(body.file).open("rb")  # noqa: SIM115 - who asked for it closes it
        file.seek(body.start)
    except OSError as failure:
        raise SourceError(failure.strerror or "it cannot be read") from failure
    return file


def _read_exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise SourceError("it was cut while it was sent")
    return data


class Wire:
    """Connections to one origin; safe to use from many threads."""

    def __init__(
        self,
        origin: str,
        *,
        timeout_s: float = 60.0,
        ca_file: str | None = None,
        proxy: str | None = None,
    ) -> None:
        """``origin`` is "https://host[:port]"; ``proxy`` is "http://host:port" or None."""
        parts = urlsplit(origin)
        self._is_tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._timeout_s = timeout_s
        self._proxy = urlsplit(proxy) if proxy else None
        self._origin = origin
        self._context = ssl.create_default_context(cafile=ca_file) if self._is_tls else None
        self._idle: deque[_OneWrite] = deque()  # the one used last is the first to be used again
        self.host = parts.netloc.rpartition("@")[2]

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        *,
        body: Sendable | None = None,
        is_digest_only: bool = False,
    ) -> Answer:
        """Send one request and read its whole answer. Errors: WireError, SourceError."""
        connection = self._take()
        if self._proxy is not None and not self._is_tls:
            target = self._origin + target
        try:
            _send(connection, method, target, headers, body)
            answer, must_close = _read_answer(connection.getresponse(), is_digest_only)
        except ssl.SSLCertVerificationError as failure:
            connection.close()
            raise WireError(failure.verify_message, is_certificate=True) from failure
        except socket.gaierror as failure:
            connection.close()
            raise WireError(f"no such host {self._host}", is_name=True) from failure
        except http.client.IncompleteRead as failure:
            connection.close()
            raise WireError("the answer was cut off") from failure
        except (OSError, http.client.HTTPException) as failure:
            connection.close()
            raise WireError(_tell(failure)) from failure
        except BaseException:
            connection.close()
            raise
        if must_close:
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Close every connection that waits; another exchange opens new ones."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> _OneWrite:
        """Return a connection that waits, or a new one: as many as there are requests at once."""
        with contextlib.suppress(IndexError):
            return self._idle.pop()
        host, port = self._host, self._port
        if self._proxy is not None:
            host, port = self._proxy.hostname or "", self._proxy.port or 80
        if self._context is None:
            return _OneWrite(host, port, timeout=self._timeout_s)
        made = _OneWriteTls(host, port, timeout=self._timeout_s, context=self._context)
        if self._proxy is not None:
            made.set_tunnel(self._host, self._port or 443)
        return made


def choose_proxy(env: Mapping[str, str], origin: str) -> str | None:
    """Return the proxy that the environment names for an origin, or None.

    Source: curl's conventions for http_proxy, https_proxy and no_proxy.
    """
    parts = urlsplit(origin)
    host = (parts.hostname or "").lower()
    name = f"{parts.scheme}_proxy"
    proxy = env.get(name) or (env.get(name.upper()) if name != "http_proxy" else None)
    if not proxy:
        return None
    for rule in (env.get("no_proxy") or env.get("NO_PROXY") or "").lower().split(","):
        bare = rule.strip().lstrip(".")
        if bare == "*" or (bare and (host == bare or host.endswith("." + bare))):
            return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _send(
    connection: _OneWrite,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: Sendable | None,
) -> None:
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("content-length", str(size_of(body)))
    connection.putheader("user-agent", USER_AGENT)
    try:
        connection.send_all(body or b"")
    except (BrokenPipeError, ConnectionResetError):
        if connection.sock is None:
            raise  # it was connecting
        # the store may have answered (403, 503) and closed without reading the body: if an
        # answer is there, it is what counts; if not, getresponse raises the same failure
        with contextlib.suppress(OSError):
            connection.sock.settimeout(2.0)


def _read_answer(response: http.client.HTTPResponse, is_digest_only: bool) -> tuple[Answer, bool]:
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        lower = name.lower()
        headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    if not is_digest_only:
        data = response.read()
        answer = Answer(status=response.status, headers=headers, data=data, size=len(data))
        return answer, response.will_close
    hasher, size = hashlib.sha256(), 0
    expected = response.length  # read(n) does not notice a body that was cut off
    while block := response.read(_BLOCK):
        hasher.update(block)
        size += len(block)
    if expected is not None and size != expected:
        raise http.client.IncompleteRead(b"", expected - size)
    answer = Answer(
        status=response.status, headers=headers, data=b"", sha256=hasher.hexdigest(), size=size
    )
    return answer, response.will_close


def _tell(failure: Exception) -> str:
    if isinstance(failure, TimeoutError):
        return "no answer in time"
    if isinstance(failure, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror.lower()
    return f"{type(failure).__name__}: {failure}"
