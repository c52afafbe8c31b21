"""Serving small precompressed files against peers: wrk, one client thread, the same files.

``python -m benchmarks serve`` prints the ratios, ``python -m benchmarks.serve [SERVER ...]`` each
server's requests/s, p99 and requests a CPU second. Needs wrk and nginx on PATH (or /usr/sbin). The
servers run one after the other, round by round, and the best round counts.

The ratios are of requests a second of the server's own CPU time: other work on the machine changes
requests/s tenfold and these hardly. On an idle machine both are the same for a server of one thread.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.ratio import Ratio, need_program
from tests.e2e.servers import free_port
from tests.serve.site import write_site

FILES = 2_500
ASKED = 100  # URLs that wrk asks for in turn
ROUNDS = 2
SECONDS = 3
CONNECTIONS = 32
ROOT = Path(__file__).parent.parent

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  types {{ text/css css; }}
  open_file_cache max=10000;
  server {{
    listen 127.0.0.1:{port};
    location /assets/ {{
      root {folder}/public; gzip_static on;
      add_header Cache-Control "public, max-age=31536000, immutable";
    }}
  }}
}}
"""
APPS = """
from assetbuild import Assets
assets = Assets(".")
wsgi, asgi = assets.wsgi(), assets.asgi()

def no_wsgi(environ, start_response):
    start_response("404 Not Found", [("Content-Length", "0")])
    return [b""]

async def no_asgi(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})

from whitenoise import WhiteNoise
from servestatic import ServeStaticASGI
white = WhiteNoise(no_wsgi, root="public/assets", prefix="assets")
static = ServeStaticASGI(no_asgi, root="public/assets", prefix="assets")
"""
GUNICORN = ("-m", "gunicorn", "--threads", "4", "--keep-alive", "60", "-b", "127.0.0.1:{port}")
UVICORN = ("-m", "uvicorn", "--log-level", "error", "--port", "{port}")
GRANIAN = ("-m", "granian", "--no-ws", "--port", "{port}", "--interface")
SERVERS: dict[str, tuple[str, ...]] = {
    "assetbuild serve --production": ("-m", "assetbuild", "serve", "--production", "--port", "{port}"),
    "assetbuild WSGI, gunicorn": (*GUNICORN, "apps:wsgi"),
    "whitenoise, gunicorn": (*GUNICORN, "apps:white"),
    "assetbuild WSGI, granian": (*GRANIAN, "wsgi", "apps:wsgi"),
    "whitenoise, granian": (*GRANIAN, "wsgi", "apps:white"),
    "assetbuild ASGI, uvicorn": (*UVICORN, "apps:asgi"),
    "servestatic, uvicorn": (*UVICORN, "apps:static"),
    "assetbuild ASGI, granian": (*GRANIAN, "asgi", "apps:asgi"),
    "servestatic, granian": (*GRANIAN, "asgi", "apps:static"),
    "granian's own static files": (
        *(*GRANIAN, "asgi", "apps:no_asgi"),
        *("--static-path-route", "/assets", "--static-path-mount", "public/assets"),
    ),
}  # fmt: skip
PYTHON_STATIC = (
    *("whitenoise, gunicorn", "whitenoise, granian", "servestatic, granian"),
    "granian's own static files",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The best round of a server."""

    requests_s: float  # requests a second
    p99_ms: float  # time within which 99 of 100 were answered
    cpu: float  # requests a second of the server's CPU time


def make_site(folder: Path) -> list[str]:
    """Write the files and what the servers need; return the URLs."""
    source = random.Random(1)
    rules = "".join(
        f".c{source.getrandbits(20):05x} {{ color: #{source.getrandbits(24):06x} }}\n"
        for _ in range(80)
    )
    files = {f"css/{n}.css": (f"/* {n} */\n" + rules).encode() for n in range(FILES)}
    manifest = write_site(folder / "public/assets", files, compressed=tuple(files))
    for entry in manifest.entries.values():
        # the br of the tests is pretended, and the peers find gzip files only by name
        (folder / "public/assets" / entry.variants["br"].path).unlink()
    urls = ["/assets/" + one.hashed for one in manifest.entries.values()]
    (folder / "apps.py").write_text(APPS)
    lines = "".join(
        f"  urls[{n}] = wrk.format('GET', '{url}')\n" for n, url in enumerate(urls[:ASKED])
    )
    (folder / "ask.lua").write_text(
        "local urls, n = {}, 0\nfunction init()\n  wrk.headers['Accept-Encoding'] = 'gzip'\n"
        f"{lines}end\nfunction request() n = (n + 1) % {ASKED}; return urls[n] end\n"
    )
    return urls


@contextlib.contextmanager
def running(name: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Run a server; yield its port and the id of its process group."""
    port = free_port()
    if name == "nginx":
        user = "user root;" if os.getuid() == 0 else ""
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=user))
        argv: Sequence[str] = [need_program("nginx"), "-c", str(folder / "nginx.conf")]
    else:
        argv = [sys.executable, *(one.format(port=port) for one in SERVERS[name])]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with open(folder / "server.log", "wb") as log:
        child = subprocess.Popen(
            argv, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield port, child.pid
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(3)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def fetch(port: int, url: str) -> None:
    """Fetch a file in gzip, trying until the server is there."""
    question = urllib.request.Request(
        f"http://127.0.0.1:{port}{url}", headers={"Accept-Encoding": "gzip"}
    )
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(question) as answer:
                assert answer.status == 200, (url, answer.status)
                answer.read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.002)


def list_group(group: int) -> list[Path]:
    """Return the /proc folders of a process group."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                found.append(path)
    return found


def cpu_seconds(group: int) -> float:
    """Return the CPU time of a process group."""
    ticks = 0
    for path in list_group(group):
        fields = (path / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(group: int) -> float:
    """Return the memory of a process group, what is shared counted once."""
    texts = ((one / "smaps_rollup").read_text() for one in list_group(group))
    return sum(int(re.findall(r"^Pss:\s+(\d+)", text, re.M)[0]) for text in texts) / 1024


def ask(folder: Path, port: int, group: int, seconds: int) -> Measured:
    """Run wrk once."""
    before = cpu_seconds(group)
    argv = [
        need_program("wrk"),
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        "ask.lua",
    ]
    done = subprocess.run(
        [*argv, f"http://127.0.0.1:{port}/"], cwd=folder, check=True, capture_output=True, text=True
    )
    used = cpu_seconds(group) - before
    text = done.stdout
    assert "Non-2xx" not in text, text
    latency = re.findall(r"99%\s+([\d.]+)(us|ms|s)", text)[0]
    p99 = float(latency[0]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[latency[1]]
    count = int(re.findall(r"(\d+) requests in", text)[0])
    return Measured(float(re.findall(r"Requests/sec:\s+([\d.]+)", text)[0]), p99, count / used)


def measure(folder: Path, urls: list[str], names: Sequence[str]) -> dict[str, Measured]:
    """Return the best round of each server."""
    best: dict[str, Measured] = {}
    for _ in range(ROUNDS):
        for name in names:
            with running(name, folder) as (port, group):
                fetch(port, urls[0])
                ask(folder, port, group, 1)
                found = ask(folder, port, group, SECONDS)
            if name not in best or found.cpu > best[name].cpu:
                best[name] = found
    return best


def measure_start(folder: Path, urls: list[str]) -> float:
    """Return the seconds from a start to the first answer, the least of five."""
    times = []
    for _ in range(5):
        started = time.monotonic()
        with running("assetbuild serve --production", folder) as (port, _):
            fetch(port, urls[0])
            times.append(time.monotonic() - started)
    return min(times)


def measure_memory(folder: Path, urls: list[str]) -> float:
    """Return the memory after every file was asked for."""
    with running("assetbuild serve --production", folder) as (port, group):
        for url in urls:
            fetch(port, url)
        return memory_mb(group)


def ratios() -> Iterator[Ratio]:
    """Yield what is promised, against the peers."""
    need_program("wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        urls = make_site(folder)
        found = measure(folder, urls, ["nginx", *SERVERS])

        def row(what: str, ours: str, peer: str, target: float | None) -> Ratio:
            named = peer.partition(",")[0]
            is_package = named in {"whitenoise", "servestatic"}
            shown = f"{peer} ({version(named)})" if is_package else peer
            return Ratio(
                what=what,
                ours=found[ours].cpu,
                peer=found[peer].cpu,
                peer_name=shown,
                unit="requests/CPU s",
                target=target,
                is_more_better=True,
            )

        for server in ("gunicorn", "granian"):
            ours, peer = f"assetbuild WSGI, {server}", f"whitenoise, {server}"
            yield row(f"WSGI on {server}", ours, peer, 1.5)
        for server in ("uvicorn", "granian"):
            ours, peer = f"assetbuild ASGI, {server}", f"servestatic, {server}"
            yield row(f"ASGI on {server}", ours, peer, 5 if server == "uvicorn" else None)
        ours = "assetbuild serve --production"
        yield row("production server", ours, "nginx", 0.5)
        quickest = max(PYTHON_STATIC, key=lambda one: found[one].cpu)
        yield row("production server", ours, quickest, 2)
        started, used = measure_start(folder, urls), measure_memory(folder, urls)
        limit = "the target itself"
        yield Ratio(what="start to first answer", ours=started, peer=0.3, peer_name=limit, target=1)
        yield Ratio(what=f"memory, {FILES} files asked for", ours=used, peer=60, peer_name=limit, unit="MB", target=1)  # fmt: skip


def main(names: Sequence[str]) -> None:
    """Print every server's best round."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        urls = make_site(folder)
        found = measure(folder, urls, names or ["nginx", *SERVERS])
        print("| server | requests/s | p99 ms | requests a CPU second |\n|---|---|---|---|")
        for server, one in found.items():
            print(f"| {server} | {one.requests_s:,.0f} | {one.p99_ms:.2f} | {one.cpu:,.0f} |")
        print(
            f"\nstart {measure_start(folder, urls):.3f} s, memory {measure_memory(folder, urls):.1f} MB"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
