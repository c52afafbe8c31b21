"""Chromium on the production origin: fonts across origins, integrity, import maps."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assetbuild.serve.assets import Assets
from tests.e2e.browser import read_log, wait
from tests.e2e.servers import app_argv, free_port, running
from tests.serve.site import write_site
from tests.support.http_server import run_http_server

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.e2e

# a font of one glyph: "A" is as wide as it is high, and black
FONT = Path(__file__).parent / "square.woff2.base64"
FILES = {
    "css/app.css": b"@font-face { font-family: square; src: url(../fonts/square.woff2) }\nbody { color: rgb(1, 2, 3) }\n",
    "js/app.js": b'document.title = "classic script";\n',
    "js/main.js": b'import { word } from "js/word.js";\ndocument.title = word;\n',
    "js/word.js": b'export const word = "module";\n',
    "img/dot.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
}


@contextlib.contextmanager
def pages(texts: Mapping[str, str]) -> Iterator[str]:
    """Serve HTML pages on an origin of their own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = texts.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    with run_http_server(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        # another host name than the assets': another site, not only another port
        yield url.replace("127.0.0.1", "localhost")


@contextlib.contextmanager
def cdn(folder: Path, server: str = "assetbuild") -> Iterator[Assets]:
    """Serve the files in production; yield Assets whose URLs begin with that origin."""
    files = {**FILES, "fonts/square.woff2": base64.b64decode(FONT.read_bytes())}
    write_site(folder / "public/assets", files)
    port = free_port()
    with running(app_argv(server, folder, port), port, cwd=folder):
        yield Assets(folder, env={"ASSETBUILD_ASSET_HOST": f"http://127.0.0.1:{port}"})


def list_fetched(chromium: Chrome) -> list[str]:
    """Return the URLs of the assets that the page fetched, as often as it did."""
    script = "return performance.getEntriesByType('resource').map((one) => one.name)"
    names: list[str] = chromium.execute_script(script)
    return sorted(one for one in names if "/assets/" in one)


@pytest.mark.parametrize("server", ["assetbuild", "granian", "gunicorn", "uvicorn"])
def test_font_loads_across_origins(tmp_path: Path, chromium: Chrome, server: str) -> None:
    with cdn(tmp_path, server) as assets:
        font = assets.url("fonts/square.woff2")
        page = f"<!doctype html><style>@font-face {{ font-family: square; src: url({font}) }}</style>{assets.tag('fonts/square.woff2')}"
        with pages({"/": page}) as origin:
            chromium.get(origin + "/")
            loaded = chromium.execute_async_script(
                "const done = arguments[arguments.length - 1];"
                "document.fonts.load('20px square').then("
                "  (all) => done(all.map((one) => one.status)), (why) => done(String(why)));"
            )
            assert loaded == ["loaded"], read_log(chromium)


def test_script_and_style_with_the_right_integrity_run(tmp_path: Path, chromium: Chrome) -> None:
    with cdn(tmp_path) as assets:
        head = assets.tag("css/app.css", integrity=True, preload=True)
        script = assets.tag("js/app.js", integrity=True, preload=True)
        with pages({"/": f"<!doctype html>{head}<body>{script}"}) as origin:
            chromium.get(origin + "/")
            wait(chromium, "document.title", "classic script")
            color = chromium.execute_script("return getComputedStyle(document.body).color")
            assert color == "rgb(1, 2, 3)"
            # a preload that does not match its use would be fetched twice, and Chromium warns
            wanted = [assets.url("css/app.css"), assets.url("js/app.js")]
            assert list_fetched(chromium) == sorted(wanted)
            assert "integrity" not in read_log(chromium)


def test_files_with_another_integrity_are_not_run(tmp_path: Path, chromium: Chrome) -> None:
    with cdn(tmp_path) as assets:
        wrong = assets.integrity("js/word.js")
        tag = assets.tag("js/app.js", integrity=True).replace(assets.integrity("js/app.js"), wrong)
        page = f"<!doctype html><title>untouched</title><body>{tag}"
        with pages({"/": page}) as origin:
            chromium.get(origin + "/")
            assert chromium.title == "untouched"
            assert "integrity" in read_log(chromium)


def test_import_map_names_hashed_modules_across_origins(tmp_path: Path, chromium: Chrome) -> None:
    with cdn(tmp_path) as assets:
        start = '<script type="module">import "js/main.js"</script>'
        good = assets.importmap(preload=["js/main.js", "js/word.js"])
        bad = good.replace(assets.integrity("js/word.js"), assets.integrity("js/app.js"))
        texts = {
            "/": f"<!doctype html><title>untouched</title>{good}{start}",
            "/bad": f"<!doctype html><title>untouched</title>{bad}{start}",
        }
        with pages(texts) as origin:
            chromium.get(origin + "/")
            wait(chromium, "document.title", "module")
            wanted = [assets.url("js/main.js"), assets.url("js/word.js")]
            assert list_fetched(chromium) == sorted(wanted)
            # the map's integrity holds for imports that no tag names
            chromium.get(origin + "/bad")
            assert chromium.title == "untouched"
            assert "integrity" in read_log(chromium)


def test_every_url_of_the_map_is_in_its_integrity(tmp_path: Path) -> None:
    write_site(tmp_path / "public/assets", FILES)
    text = Assets(tmp_path).importmap()
    document = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert set(document["imports"].values()) == set(document["integrity"])
