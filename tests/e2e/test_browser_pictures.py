"""Chromium chooses among a picture's formats and widths, and draws what stands in a stylesheet."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assetbuild.serve.assets import Assets
from tests.e2e.browser import wait
from tests.support.builds import build
from tests.support.http_server import run_http_server
from tests.support.pictures import draw, save
from tests.support.tree import write_tree

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.e2e

CONFIG = """
[assets]
url = "/"
output = "public"
[[image]]
glob = "hero.jpg"
formats = ["webp"]
widths = [200, 480]
[[rule]]
glob = "*.svg"
inline = "4 kB"
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#0a0"/></svg>'


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """Build a project with a page, and serve its output folder."""
    files: dict[str, str | bytes] = {
        "assetbuild.toml": CONFIG,
        "assets/hero.jpg": save(draw(900, 600, mode="RGB"), "JPEG", quality=95),
        "assets/app.css": ".dot { width: 8px; height: 8px; background: url(dot.svg) }",
        "assets/dot.svg": SVG,
    }
    build(tmp_path, files)
    assets = Assets(tmp_path)
    page = (
        f"<!doctype html><title>p</title>{assets.tag('app.css')}<body style='margin:0'>"
        f"<div class=dot></div>{assets.picture('hero.jpg', sizes='50vw', alt='')}"
    )
    write_tree(tmp_path / "public", {"index.html": page})
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "public"))
    with run_http_server(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        yield url


def test_browser_takes_the_best_format_in_the_width_that_fits(
    chromium: Chrome, origin: str
) -> None:
    chromium.get(origin + "/index.html")
    image = "document.querySelector('img')"
    wait(chromium, f"{image}.complete && {image}.naturalWidth > 0")
    source = chromium.execute_script(f"return {image}.currentSrc")
    # half of 800 pixels, in the nearest larger width
    assert ".480w." in source
    assert source.endswith(".webp")


def test_inlined_svg_is_drawn(chromium: Chrome, origin: str) -> None:
    chromium.get(origin + "/index.html")
    url = "getComputedStyle(document.querySelector('.dot')).backgroundImage"
    wait(chromium, f"{url}.startsWith('url(\"data:image/svg+xml,')")
    chromium.execute_script(
        f"""const image = new Image();
        image.onload = () => {{
            const context = document.createElement('canvas').getContext('2d');
            context.drawImage(image, 0, 0);
            window.colour = context.getImageData(4, 4, 1, 1).data.join();
        }};
        image.src = {url}.slice(5, -2);"""
    )
    wait(chromium, "window.colour", "0,170,0,255")
