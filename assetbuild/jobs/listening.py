"""Where a server listens: the address as the user gave it, and its open sockets.

In: a host and a port. Out: sockets that listen, and the URL under which they are reached.
Errors: ``serve/address``, ``serve/not-loopback``. Refuses to know: what is served.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from assetbuild.diagnostics import AssetbuildError, UsageError, error

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where a server is to listen."""

    host: str = "127.0.0.1"  # loopback unless the user says otherwise
    port: int = 8765  # TCP port; 0: any that is free
    is_public: bool = False  # the user allowed an address that others can reach


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSockets:
    """Where a server listens now."""

    sockets: list[socket.socket]  # one for each address of the host; never empty
    url: str  # "http://127.0.0.1:8765", with the port that was got


def check_listening(listening: Listening) -> None:
    """Refuse an address that others can reach unless the user allowed it."""
    if listening.host not in _LOOPBACK and not listening.is_public:
        raise UsageError(
            error(
                "serve/not-loopback",
                f'"{listening.host}" can be reached from other machines',
                hint="add --public if that is what you want; the dev server shows your sources",
            )
        )


@contextlib.contextmanager
def listening_at(listening: Listening) -> Iterator[OpenSockets]:
    """Listen at every address of a host; the sockets are closed at the end of the block.

    Opened before the server starts, so that its real port can be told. Errors: ``serve/address``.
    """
    host, port = listening.host, listening.port
    with contextlib.ExitStack() as stack:
        try:
            sockets = [stack.enter_context(one) for one in _open_sockets(host, port)]
        except OSError as failure:
            # Python adds the address, which is told already
            why = str(failure.strerror).partition(" (while")[0]
            raise AssetbuildError(
                error(
                    "serve/address",
                    f'cannot listen at "{host}:{port}": {why}',
                    hint="choose another --port (0: any that is free), or another --host",
                )
            ) from failure
        port = sockets[0].getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        yield OpenSockets(sockets=sockets, url=f"http://{shown}:{port}")


def _open_sockets(host: str, port: int) -> list[socket.socket]:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    lacking: OSError | None = None
    try:
        for family, *_, address in found:
            try:
                sockets.append(socket.create_server((address[0], port), family=family))
            except OSError as failure:
                # a machine may name ::1 in its hosts file and have no IPv6
                if failure.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                lacking = failure
            else:
                # "localhost" has two addresses: the second gets the port that the first got
                port = sockets[-1].getsockname()[1]
        if lacking is not None and not sockets:
            raise lacking
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets
