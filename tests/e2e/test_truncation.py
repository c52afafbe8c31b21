"""No client and no cache takes a cut file for a whole one: docs/explanation/truncation.md."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import socket
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from assetbuild.assets.model import Manifest
from tests.e2e.servers import (
    Fetched,
    Relay,
    app_argv,
    end,
    fetch,
    find_program,
    free_port,
    running,
)
from tests.serve.site import write_site

pytestmark = pytest.mark.e2e

SIZE = 8 * 1024 * 1024
LIMIT = 400_000
APPS = ("gunicorn", "uvicorn", "granian", "granian-asgi", "assetbuild")
PROXIES = ("nginx", "nginx-defaults", "haproxy")

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/temp;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  gzip on; gzip_types *; gzip_proxied any; gzip_vary on;
  proxy_cache_path {folder}/cache keys_zone=assets:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_cache assets; proxy_cache_valid 200 1d;
      {more}
    }}
  }}
}}
"""
RECOMMENDED = 'proxy_http_version 1.1; proxy_set_header Connection "";'

HAPROXY = """
global
  maxconn 100
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
cache assets
  total-max-size 200
  max-object-size 60000000
  max-age 3600
frontend front
  bind 127.0.0.1:{port}
  filter cache assets
  filter compression
  compression algo gzip
  compression type text/css
  http-request cache-use assets
  http-response cache-store assets
  default_backend back
backend back
  server app 127.0.0.1:{upstream}
"""


@contextlib.contextmanager
def proxy(kind: str, folder: Path, upstream: int) -> Iterator[int]:
    """Run a proxy, with gzip and a cache, before an upstream port."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    file = folder / "proxy.conf"
    if kind == "haproxy":
        file.write_text(HAPROXY.format(port=port, upstream=upstream))
        argv = [find_program("haproxy"), "-f", str(file), "-db"]
    else:
        more = RECOMMENDED if kind == "nginx" else ""
        text = NGINX.format(folder=folder, port=port, upstream=upstream, more=more)
        # run by root, nginx would hand its folders to another user
        file.write_text(("user root;" if os.getuid() == 0 else "") + text)
        argv = [find_program("nginx"), "-c", str(file)]
    with running(argv, port, cwd=folder):
        yield port


@pytest.fixture(scope="module")
def content() -> bytes:
    # text that compresses a little, and is not the same twice
    source = random.Random(1)
    return b"".join(b"/* %016x */\n" % source.getrandbits(64) for _ in range(SIZE // 22))


def make_project(folder: Path, content: bytes) -> tuple[Manifest, Path, str]:
    manifest = write_site(folder / "public/assets", {"big.css": content})
    hashed = next(iter(manifest.entries.values())).hashed
    return manifest, folder / "public/assets" / hashed, f"/assets/{hashed}"


def decode(answer: Fetched) -> bytes:
    if answer.headers.get("content-encoding") != "gzip":
        return answer.body
    try:
        return gzip.decompress(answer.body)
    except (EOFError, zlib.error):
        return b""


def assert_not_fooled(answer: Fetched, content: bytes) -> None:
    """A cut answer is seen to be cut; what looks whole is whole."""
    if answer.status == 200 and not answer.is_cut:
        assert decode(answer) == content, "a cut file was taken for a whole one"


@pytest.mark.parametrize("accept", ["identity", "gzip"])
@pytest.mark.parametrize("fault", ["killed", "shrunk"])
@pytest.mark.parametrize("front", PROXIES)
@pytest.mark.parametrize("app", APPS)
def test_fault_in_mid_answer_is_seen_and_never_cached(
    tmp_path: Path, content: bytes, app: str, front: str, fault: str, accept: str
) -> None:
    _, file, url = make_project(tmp_path, content)
    port = free_port()
    with contextlib.ExitStack() as stack:
        child = stack.enter_context(running(app_argv(app, tmp_path, port), port, cwd=tmp_path))

        def fire() -> None:
            if fault == "killed":
                end(child)
            else:
                os.truncate(file, SIZE // 2)

        relay = Relay(port, limit=LIMIT, fault=fire)
        stack.callback(relay.close)
        front_port = stack.enter_context(proxy(front, tmp_path / "front", relay.port))
        headers = {"Accept-Encoding": accept}
        first = fetch(front_port, url, headers)
        assert relay.has_fired
        # granian takes a file faster than a client does: it may have had all of it by then
        assert first.is_cut or (app, fault) == ("granian", "shrunk")
        assert_not_fooled(first, content)
        # while the fault lasts: an error, nothing, or all of it; never the half from a cache
        assert_not_fooled(fetch(front_port, url, headers), content)
        # and when it is mended, all of it
        file.write_bytes(content)
        if fault == "killed":
            stack.enter_context(running(app_argv(app, tmp_path, port), port, cwd=tmp_path))
        mended = fetch(front_port, url, headers)
        assert (mended.status, mended.is_cut, decode(mended)) == (200, False, content)


@pytest.mark.parametrize("front", PROXIES)
def test_file_that_shrank_before_the_answer_is_an_error_that_is_not_stored(
    tmp_path: Path, content: bytes, front: str
) -> None:
    _, file, url = make_project(tmp_path, content)
    os.truncate(file, 1000)
    port = free_port()
    with (
        running(app_argv("assetbuild", tmp_path, port), port, cwd=tmp_path),
        proxy(front, tmp_path / "front", port) as front_port,
    ):
        broken = fetch(front_port, url)
        assert (broken.status, broken.headers["cache-control"]) == (500, "no-store")
        file.write_bytes(content)
        assert fetch(front_port, url).body == content


class Streaming:
    """An upstream as other apps are: it streams without a length and dies in the middle."""

    def __init__(self, head: bytes, *, is_chunked: bool) -> None:
        self._head = head
        self._is_chunked = is_chunked
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                request = client.recv(65_536)
                # HTTP/1.0 has no chunks: the end of the connection is the end of the body
                is_chunked = self._is_chunked and b" HTTP/1.1\r\n" in request
                client.sendall(
                    self._head
                    + (b"Transfer-Encoding: chunked\r\n" if is_chunked else b"")
                    + b"\r\n"
                )
                piece = b"a" * 1000
                for _ in range(50):
                    client.sendall(b"3e8\r\n" + piece + b"\r\n" if is_chunked else piece)

    def close(self) -> None:
        self._listener.close()


def ask_streaming(tmp_path: Path, front: str) -> Fetched:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nCache-Control: max-age=9999\r\nConnection: close\r\n"
    upstream = Streaming(head, is_chunked=True)
    with contextlib.closing(upstream), proxy(front, tmp_path / "front", upstream.port) as port:
        return fetch(port, "/x.css", {"Accept-Encoding": "gzip"})


def test_why_a_length_is_always_sent_and_1_1_is_needed(tmp_path: Path) -> None:
    """The danger itself, on the installed nginx: with its defaults, a stream that died is whole."""
    defaults = ask_streaming(tmp_path, "nginx-defaults")
    assert (defaults.status, defaults.is_cut) == (200, False)
    assert len(decode(defaults)) == 50_000  # of a file that would have been longer
    (tmp_path / "second").mkdir()
    assert ask_streaming(tmp_path / "second", "nginx").is_cut
