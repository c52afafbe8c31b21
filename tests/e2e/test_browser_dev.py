"""Chromium on the dev server: style sheets swapped, pages reloaded, errors laid over the page."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assetbuild.serve.live import SCRIPT_PATH, read_script
from tests.e2e.browser import wait
from tests.e2e.servers import app_argv, fetch, free_port, running
from tests.e2e.shops import MODES, copy_shop, shop_argv, shop_env
from tests.serve.site import write_sample
from tests.support.http_server import run_http_server
from tests.support.processes import LIMIT_S
from tests.support.tree import write_tree

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.e2e

PAGE = """<!doctype html><html><head><link rel="stylesheet" href="/static/css/shop.css"></head>
<body><img src="/static/img/logo.svg" alt=""><p id="cart">an empty cart</p>
<script src="/static/js/shop.js"></script></body></html>
"""


@contextlib.contextmanager
def dev_shop(mode: str, folder: Path) -> Iterator[tuple[Path, str]]:
    """Run a copy of an example in development; yield its folder and its address."""
    shop, port = copy_shop(mode, folder), free_port()
    argv = shop_argv(mode, port)
    if mode == "proxy":
        # an app in any language: plain names, no template tags
        app_port = free_port()
        (shop / "pages").mkdir()
        (shop / "pages/index.html").write_text(PAGE)
        command = [sys.executable, "-m", "http.server", "-b", "127.0.0.1", "-d", "pages"]
        argv += ["--", *command, str(app_port)]
    with running(argv, port, cwd=shop, env=shop_env(folder)) as server:
        yield shop, f"http://127.0.0.1:{port}/"
        if mode == "proxy":
            # a kill would leave the app that it started
            server.terminate()
            server.wait(20)


def edit(file: Path, change: Callable[[str], str]) -> None:
    before = file.read_text()
    after = change(before)
    assert after != before
    file.write_text(after)


COLOR = "getComputedStyle(document.body).color"
OVERLAY = "document.querySelector('assetbuild-overlay')?.shadowRoot.textContent ?? ''"


def open_page(chromium: Chrome, url: str) -> None:
    """Open a page, wait until it hears events, and mark this document."""
    for _ in range(60):
        chromium.get(url)
        # a proxy answers before the app behind it does
        if chromium.execute_script("return !!document.getElementById('cart')"):
            break
    wait(chromium, "document.readyState", "complete")
    wait(chromium, "document.getElementById('cart').textContent", "one teapot in the cart")
    wait(chromium, "document.documentElement.dataset.assetbuild", "live")
    chromium.execute_script("window.marker = 'first'")


@pytest.mark.parametrize("mode", MODES)
def test_open_page_follows_the_sources(tmp_path: Path, chromium: Chrome, mode: str) -> None:
    with dev_shop(mode, tmp_path) as (shop, url):
        open_page(chromium, url)
        assert chromium.execute_script(f"return {COLOR}") == "rgb(34, 34, 51)"
        scss = shop / "assets/css/shop.scss"

        # a style sheet is swapped, twice, and a picture; the document stays
        for ink, color in (("#a00", "rgb(170, 0, 0)"), ("#0a0", "rgb(0, 170, 0)")):
            scss.write_text(f"$ink: {ink};" + scss.read_text().partition(";")[2])
            wait(chromium, COLOR, color)
        wait(chromium, "document.querySelectorAll('link[rel=stylesheet]').length", 1)
        logo = chromium.execute_script("return document.images[0].src")
        edit(shop / "assets/img/logo.svg", lambda text: text.replace("#c33", "#33c"))
        wait(chromium, f"document.images[0].src != {logo!r} && document.images[0].naturalWidth > 0")
        assert chromium.execute_script("return window.marker") == "first"

        # an error lies over the page with its frame; the last good version stays behind it
        good = scss.read_text()
        scss.write_text(good + "b { color: $nothing }\n")
        wait(chromium, f"({OVERLAY}).includes('color: $nothing')")
        text = chromium.execute_script(f"return {OVERLAY}")
        assert "assets/css/shop.scss:8:12" in text
        assert "^" in text
        assert chromium.execute_script(f"return {COLOR}") == "rgb(0, 170, 0)"
        assert chromium.execute_script("return window.marker") == "first"
        # also over a page that is opened now
        chromium.refresh()
        wait(chromium, f"({OVERLAY}).includes('color: $nothing')")
        wait(chromium, COLOR, "rgb(0, 170, 0)")
        chromium.execute_script("window.marker = 'second'")
        scss.write_text(good)
        wait(chromium, OVERLAY, "")

        # a script needs the page itself
        edit(shop / "assets/js/shop.js", lambda text: text.replace("one teapot", "two teapots"))
        wait(chromium, "document.getElementById('cart').textContent", "two teapots in the cart")
        assert chromium.execute_script("return window.marker ?? null") is None


def test_pages_of_a_build_that_never_succeeded_come_alive(tmp_path: Path, chromium: Chrome) -> None:
    with dev_shop("proxy", tmp_path) as (shop, url):
        scss = shop / "assets/css/shop.scss"
        good = scss.read_text()
        scss.write_text("body {\n")
        chromium.get(url)
        wait(chromium, "document.body.textContent.includes('assets/css/shop.scss')")
        scss.write_text(good)
        wait(
            chromium, "document.getElementById('cart')?.textContent ?? ''", "one teapot in the cart"
        )


def test_nothing_of_development_is_in_production(tmp_path: Path) -> None:
    write_sample(tmp_path / "public/assets")
    port = free_port()
    with running(app_argv("assetbuild", tmp_path, port), port, cwd=tmp_path):
        assert fetch(port, SCRIPT_PATH).status == 404


@contextlib.contextmanager
def dev_site(site: Path, port: int) -> Iterator[str]:
    """Run `assetbuild serve` for a static site; yield its address."""
    argv = [sys.executable, "-m", "assetbuild", "serve", "--port", str(port)]
    with running(argv, port, cwd=site, env=shop_env(site)):
        yield f"http://127.0.0.1:{port}"


SITE = {
    "assetbuild.toml": '[assets]\nroots = ["site"]\noutput = "dist"\nurl = "/"\nunhashed = ["**/*.html"]\n',
    "site/blog/index.html": '<!doctype html><link rel="stylesheet" href="../a.css"><h1 id="h">one</h1>',
    "site/404.html": "<p>lost",
    "site/a.css": "body { color: #a00 }",
}


def test_open_page_of_a_static_site_follows_too(tmp_path: Path, chromium: Chrome) -> None:
    site = write_tree(tmp_path, SITE)
    with dev_site(site, free_port()) as url:
        # to the folder's own URL, from which the page's relative names are right
        chromium.get(f"{url}/blog?a=1")
        wait(chromium, "location.pathname + location.search", "/blog/?a=1")
        wait(chromium, COLOR, "rgb(170, 0, 0)")
        wait(chromium, "document.documentElement.dataset.assetbuild", "live")
        (site / "site/a.css").write_text("body { color: #0a0 }")
        wait(chromium, COLOR, "rgb(0, 170, 0)")
        edit(site / "site/blog/index.html", lambda text: text.replace("one", "two"))
        wait(chromium, "document.getElementById('h')?.textContent ?? ''", "two")
        chromium.get(f"{url}/nothing")
        wait(chromium, "document.body.textContent.trim()", "lost")


def test_overlay_goes_when_the_server_comes_back_mended(tmp_path: Path, chromium: Chrome) -> None:
    site, port = write_tree(tmp_path, SITE), free_port()
    with dev_site(site, port) as url:
        chromium.get(f"{url}/blog/")
        wait(chromium, "document.documentElement.dataset.assetbuild", "live")
        chromium.execute_script("window.marker = 'first'")
        (site / "site/a.css").write_text("body {")
        wait(chromium, f"({OVERLAY}).includes('site/a.css')")
    write_tree(site, {"site/a.css": SITE["site/a.css"]})
    with dev_site(site, port):
        wait(chromium, OVERLAY, "")
        # the build is the one that the page was made from
        assert chromium.execute_script("return window.marker") == "first"


class _SlowSheet(ThreadingHTTPServer):
    """A page whose second style sheet comes when it may; the page is told changes by the test."""

    page = b""
    may_come: threading.Event


class _SlowSheetHandler(BaseHTTPRequestHandler):
    server: _SlowSheet

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        answers = {
            "/": ("text/html", self.server.page),
            SCRIPT_PATH: ("text/javascript", read_script()),
        }
        kind, body = answers.get(self.path, ("text/css", f"/* {self.path} */".encode()))
        if self.path == "/2.css":
            self.server.may_come.wait(LIMIT_S)
        with contextlib.suppress(ConnectionError):  # a sheet that left is waited for no longer
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


@pytest.mark.parametrize("name", ["/1.css", "/plain.css"])
def test_two_changes_at_once_leave_the_newest_sheet_alone(chromium: Chrome, name: str) -> None:
    server = _SlowSheet(("127.0.0.1", 0), _SlowSheetHandler)
    server.may_come = threading.Event()
    stream = "window.EventSource = class { constructor() { window.stream = this } close() {} }"
    server.page = (
        f'<!doctype html><script>{stream}</script><link rel="stylesheet" href="{name}">'
        f'<body><script src="{SCRIPT_PATH}"></script>'
    ).encode()
    links = "Array.from(document.querySelectorAll('link'), (one) => new URL(one.href).pathname)"
    with run_http_server(server) as url:
        chromium.get(url + "/")
        for old, new in (("/1.css", "/2.css"), ("/2.css", "/3.css")):
            event = {"type": "change", "swaps": {old: new, "/plain.css": new}, "reload": False}
            tell = "window.stream.onmessage({ data: arguments[0] })"
            chromium.execute_script(tell, json.dumps(event))
        try:
            wait(chromium, links, ["/3.css"], limit_s=10)
        finally:
            server.may_come.set()
        wait(chromium, links, ["/3.css"])
