"""HTTP to one origin: kept connections, one a thread, and answers that are whole or an exception.

In: a method, a target, headers, a body. Out: an Answer, or WireError. No retries, no meaning:
publish.retry and publish.s3 decide those.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_BLOCK = 256 * 1024
_SMALL = 64 * 1024  # bytes that are worth copying to save a write
USER_AGENT = "assetbuild"


class WireError(Exception):
    """The connection failed before a whole answer had come."""

    def __init__(
        self, message: str, *, is_certificate: bool = False, is_name: bool = False
    ) -> None:
        super().__init__(message)
        self.is_certificate = is_certificate  # TLS does not trust the other side
        self.is_name = is_name  # the host name leads nowhere


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

    _held: list[bytes] | None = None  # what waits for flush; None: writes go out at once

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)

    def hold(self) -> None:
        self._held = []

    def flush(self) -> None:
        held, self._held = self._held or [], None
        if sum(map(len, held)) <= _SMALL:
            held = [b"".join(held)]
        for data in held:
            super().send(data)


class _OneWriteTls(_OneWrite, http.client.HTTPSConnection):
    """The same over TLS."""


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
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[_OneWrite] = []
        self.host = parts.netloc.rpartition("@")[2]

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        *,
        body: Iterable[bytes] = (),
        body_size: int | None = None,
        is_digest_only: bool = False,
    ) -> Answer:
        """Send one request and read its whole answer. Errors: WireError."""
        connection = self._connection()
        if self._proxy is not None and not self._is_tls:
            target = self._origin + target
        try:
            self._send(connection, method, target, headers, body, body_size)
            answer, must_close = _read_answer(connection.getresponse(), is_digest_only)
        except ssl.SSLCertVerificationError as failure:
            self._drop(connection)
            raise WireError(failure.verify_message, is_certificate=True) from failure
        except socket.gaierror as failure:
            self._drop(connection)
            raise WireError(f"no such host {self._host}", is_name=True) from failure
        except http.client.IncompleteRead as failure:
            self._drop(connection)
            raise WireError("the answer was cut off") from failure
        except (OSError, http.client.HTTPException) as failure:
            self._drop(connection)
            raise WireError(_tell(failure)) from failure
        except BaseException:
            self._drop(connection)
            raise
        if must_close:
            self._drop(connection)
        return answer

    def close(self) -> None:
        """Close every connection; another exchange opens new ones."""
        with self._lock:
            found, self._open = self._open, []
        for connection in found:
            connection.close()
        self._local = threading.local()

    def _send(
        self,
        connection: _OneWrite,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: Iterable[bytes],
        body_size: int | None,
    ) -> None:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body_size is not None:
            connection.putheader("content-length", str(body_size))
        connection.putheader("user-agent", USER_AGENT)
        blocks = iter(body)
        connection.hold()
        connection.endheaders(next(blocks, None))
        try:
            connection.flush()
            for block in blocks:
                connection.send(block)
        except (BrokenPipeError, ConnectionResetError):
            if connection.sock is None:
                raise  # it was connecting
            # the store may have answered (403, 503) and closed without reading the body: if an
            # answer is there, it is what counts; if not, getresponse raises the same failure
            with contextlib.suppress(OSError):
                connection.sock.settimeout(2.0)

    def _connection(self) -> _OneWrite:
        found = getattr(self._local, "connection", None)
        if isinstance(found, _OneWrite):
            return found
        host, port = self._host, self._port
        if self._proxy is not None:
            host, port = self._proxy.hostname or "", self._proxy.port or 80
        made: _OneWrite
        if self._context is None:
            made = _OneWrite(host, port, timeout=self._timeout_s)
        else:
            made = _OneWriteTls(host, port, timeout=self._timeout_s, context=self._context)
            if self._proxy is not None:
                made.set_tunnel(self._host, self._port or 443)
        self._local.connection = made
        with self._lock:
            self._open.append(made)
        return made

    def _drop(self, connection: _OneWrite) -> None:
        connection.close()
        self._local.connection = None
        with self._lock, contextlib.suppress(ValueError):
            self._open.remove(connection)


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
