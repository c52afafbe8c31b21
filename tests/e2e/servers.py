"""Real servers for the end-to-end tests: ports, processes, a relay that fires a fault in mid-answer."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def find_program(name: str) -> str:
    """Return the path of a program of Debian's; its absence is a failure, never a skip."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    found = shutil.which(name, path=path)
    assert found is not None, f"{name} is not installed: make test-e2e says what to install"
    return found


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def running(
    argv: Sequence[str], port: int, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; its whole process group ends with it."""
    log = (cwd or Path.cwd()) / f"server-{port}.log"
    with open(log, "wb") as output:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(port, child, log)
        yield child
    finally:
        end(child)


def end(child: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    """End a server and its workers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)
    child.wait()


def wait_for(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a port answers."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert child.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError(f"port {port} does not answer: {log.read_text()}")


@dataclass(frozen=True)
class Fetched:
    """What a client made of an answer."""

    status: int  # 0: no status line came
    headers: Mapping[str, str]  # lower-case names
    body: bytes  # still in its coding
    is_cut: bool  # the framing said that bytes are missing


def fetch(
    port: int,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    timeout_s: float = 20.0,
) -> Fetched:
    """Ask as a strict client does: Content-Length and chunks decide whether an answer is whole."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        try:
            return Fetched(answer.status, found, answer.read(), False)
        except http.client.IncompleteRead as cut:
            return Fetched(answer.status, found, cut.partial, True)
        except OSError:
            return Fetched(answer.status, found, b"", True)
    except (OSError, http.client.HTTPException):
        return Fetched(0, {}, b"", True)
    finally:
        connection.close()


class Relay:
    """Passes connections on; after ``limit`` bytes of an answer it calls ``fault`` once."""

    def __init__(self, target: int, *, limit: int, fault: Callable[[], None]) -> None:
        self._target = target
        self._limit = limit
        self._fault = fault
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.has_fired = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self._target), 10)
            threading.Thread(target=self._copy, args=(client, server), daemon=True).start()
            with server, contextlib.suppress(OSError):
                # a small window: the server cannot have handed everything to the kernel
                server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
                sent = 0
                while data := server.recv(16_384):
                    client.sendall(data)
                    sent += len(data)
                    if sent > self._limit and not self.has_fired:
                        self.has_fired = True
                        self._fault()
            # close() alone sends nothing while the other thread still reads
            client.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)


def app_argv(kind: str, project: Path, port: int) -> list[str]:
    """Return the command that serves a project's assets on one of the servers."""
    (project / "served.py").write_text(
        "from assetbuild import Assets\n"
        f"assets = Assets({str(project)!r})\n"
        "wsgi, asgi = assets.wsgi(), assets.asgi()\n"
    )
    python = [sys.executable, "-m"]
    return {
        "gunicorn": [
            *python,
            "gunicorn",
            "-b",
            f"127.0.0.1:{port}",
            "--threads",
            "4",
            "served:wsgi",
        ],
        "uvicorn": [*python, "uvicorn", "--port", str(port), "served:asgi"],
        "granian": [
            *python,
            "granian",
            "--interface",
            "wsgi",
            "--no-ws",
            "--port",
            str(port),
            "served:wsgi",
        ],
        # by paths, which it offers to send itself
        "granian-asgi": [
            *python,
            "granian",
            "--interface",
            "asgi",
            "--no-ws",
            "--port",
            str(port),
            "served:asgi",
        ],
        "assetbuild": [
            *python,
            "assetbuild",
            "serve",
            "--production",
            "--port",
            str(port),
            "--project",
            str(project),
        ],
    }[kind]
