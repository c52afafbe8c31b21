"""Connections: what is sent whole, and what ends an exchange."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assetbuild.publish.wire import FileSlice, SourceError, Wire

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Listener:
    """Takes connections, keeps what each sends, and answers once a body is whole."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.received: list[bytes] = []  # of each connection
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.received.append(b"")
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        at, head, start = len(self.received) - 1, -1, 0
        with connection:
            while data := connection.recv(1 << 16):
                self.received[at] += data
                head = self.received[at].find(b"\r\n\r\n", start)
                text = self.received[at][start:head].lower()
                size = int(text.partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                if head >= 0 and len(self.received[at]) >= head + 4 + size:
                    connection.sendall(ANSWER)
                    start = head + 4 + size


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.socket.close()


def put(wire: Wire, body: bytes | FileSlice) -> int:
    return wire.exchange("PUT", "/x", {"host": wire.host}, body=body).status


@pytest.mark.parametrize("size", [0, 10, 70_000, 3_000_000])
def test_a_slice_is_sent_whole_and_nothing_else(
    listener: Listener, tmp_path: Path, size: int
) -> None:
    data = bytes(range(256)) * (size // 256 + 2)
    (tmp_path / "f").write_bytes(data)
    with contextlib.closing(Wire(listener.url)) as wire:
        assert put(wire, FileSlice(file=str(tmp_path / "f"), start=7, size=size)) == 200
        assert put(wire, data[:size]) == 200
    sent = listener.received[0].split(b"\r\n\r\n", 1)[1]
    assert sent[:size] == data[7 : 7 + size]
    assert sent.endswith(b"\r\n\r\n" + data[:size])
    assert len(listener.received) == 1  # the connection is kept


@pytest.mark.parametrize("size", [10, 70_000])
def test_a_file_that_was_cut_or_is_gone_is_no_fault_of_the_store(
    listener: Listener, tmp_path: Path, size: int
) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"x" * (size - 1))
    with contextlib.closing(Wire(listener.url)) as wire:
        with pytest.raises(SourceError, match="cut"):
            put(wire, FileSlice(file=str(file), start=0, size=size))
        file.unlink()
        with pytest.raises(SourceError, match="No such file"):
            put(wire, FileSlice(file=str(file), start=0, size=size))
        assert put(wire, b"next") == 200  # on a connection that is not amid a body
