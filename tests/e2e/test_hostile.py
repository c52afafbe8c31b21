"""Hostile paths over raw sockets, on every server: no secret comes out, and nothing falls over."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.servers import app_argv, fetch, free_port, running
from tests.e2e.shops import MODES, copy_shop, shop_argv, shop_env
from tests.serve.site import write_site

pytestmark = pytest.mark.e2e

SECRET = b"the secret of this machine"
PRODUCTION = ("gunicorn", "uvicorn", "granian", "assetbuild")

PATHS = [
    *(b"../secret.txt", b"../../secret.txt", b"css/../../../secret.txt", b"./../secret.txt"),
    *(b"%2e%2e/secret.txt", b"%2e%2e%2fsecret.txt", b"..%2fsecret.txt", b"%252e%252e/secret.txt"),
    *(b"..%5csecret.txt", b"..\\secret.txt", b"..;/secret.txt", b"....//secret.txt"),
    *(b"%c0%ae%c0%ae/secret.txt", b"%uff0e%uff0e/secret.txt", b"\xef\xbc\x8e./secret.txt"),
    *(b"//etc/passwd", b"/etc/passwd", b"%2fetc%2fpasswd", b"file:///etc/passwd"),
    *(b"link.txt", b"linked/secret.txt", b".env", b"%2eenv", b".git/config", b"css/.htpasswd"),
    *(b"manifest.json", b"previous/", b"css/", b"css", b"", b"css/app.css.gz", b"css/app.css.br"),
    *(b"css/app.css%00", b"css/app.css%00.png", b"%00", b"css/app.css%0d%0aSet-Cookie:%20a=1"),
    *(b"%", b"%zz", b"css/app.cs%7", b"css/app%ff.css", b"%80%80", b"a" * 7000, b"%61" * 2000),
    *(b"css/app.css::$DATA", b"CSS/APP.CSS", b"css//app.css", b"css/app.css/"),
]


@contextlib.contextmanager
def site(kind: str, folder: Path) -> Iterator[tuple[int, str]]:
    """Run a server with secrets all round its files; yield its port and the URLs' prefix."""
    port = free_port()
    if kind in PRODUCTION:
        project = folder / "app"
        files = {"css/app.css": b"a{}" * 400, "css/.htpasswd": SECRET, ".env": SECRET}
        write_site(project / "public/assets", files, compressed=("css/app.css",))
        put_secrets(project / "public/assets", folder)
        with running(app_argv(kind, project, port), port, cwd=project):
            yield port, "/assets/"
        return
    shop = copy_shop(kind, folder)
    for path in (folder / "secret.txt", shop / "secret.txt", shop / ".env", shop / "assets/.env"):
        path.write_bytes(SECRET)
    with running(shop_argv(kind, port), port, cwd=shop, env=shop_env(folder)):
        assert fetch(port, "/static/css/shop.css").status == 200
        put_secrets(shop / ".assetbuild/dev", folder)
        yield port, "/static/"


def put_secrets(output: Path, folder: Path) -> None:
    """Lay secrets beside, above and behind links in an output folder."""
    for path in (folder / "secret.txt", output.parent / "secret.txt", output / ".git/config"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(SECRET)
    os.symlink(folder / "secret.txt", output / "link.txt")
    os.symlink(folder, output / "linked")


def ask_raw(port: int, target: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as one:
        one.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        received = b""
        with contextlib.suppress(ConnectionError):
            while data := one.recv(65_536):
                received += data
        return received


@pytest.mark.parametrize("kind", [*PRODUCTION, *MODES])
def test_no_path_leads_out(tmp_path: Path, kind: str) -> None:
    with site(kind, tmp_path) as (port, prefix):
        for path in PATHS:
            answer = ask_raw(port, prefix.encode() + path)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert SECRET not in answer, path
            assert b"root:" not in body, path
            assert b"set-cookie" not in head.lower(), path
            assert b"assetbuild/" not in body.lower() or kind in MODES, path
            status = head.split(b" ")[1] if head else b""
            # a 500 would be a path that was not thought of; nothing: the server hung up, as some do
            assert status in (b"", b"400", b"404", b"414", b"301"), (path, head)
            if kind in PRODUCTION and status == b"404":
                assert b"no-store" in head, path
        # and it is still there
        plain = {"/assets/": "css/app.css", "/static/": "css/shop.css"}[prefix]
        assert fetch(port, prefix + plain).status == 200
