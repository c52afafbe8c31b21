"""Chromium draws icons from a sheet by the CSS of a build, and the same icons alone: no pixel differs."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from assetbuild.assets.result import BuildResult
from tests.support.builds import build
from tests.support.pictures import draw, make_png, save

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.e2e

SIZES = [(16, 16), (9, 14), (24, 24), (31, 7), (1, 1), (40, 22)]
ODD_NAMES = ("1a", "a+b", "\u00fc.x", "-", "--", "x:y", "a[0]")
ICONS = {
    name: make_png(*SIZES[n % len(SIZES)], seed=n)
    for n, name in enumerate([*(f"i{n}" for n in range(24)), *ODD_NAMES])
}
CONFIGS = {
    "plain": "",
    "extruded": '[[sprite]]\nname = "icons"\nextrude = 2\npadding = 1\n',
    "trimmed": '[[sprite]]\nname = "icons"\ntrim = true\n',
    "several sheets": '[[sprite]]\nname = "icons"\nmax-width = 60\nmax-height = 60\n',
}


def frame(picture: Image.Image, x: int, y: int, width: int, height: int) -> Image.Image:
    """Return the picture within transparent pixels."""
    canvas = Image.new("RGBA", (width, height))
    canvas.paste(picture, (x, y))
    return canvas


def page(result: BuildResult, css: str, body: str, ground: str) -> str:
    entry = next(one for name, one in result.manifest.entries.items() if name == css)
    url = (result.output / entry.hashed).as_uri()
    return (
        f'<!DOCTYPE html><meta charset="utf-8"><link rel="stylesheet" href="{url}">'
        f"<style>body{{margin:0;background:{ground}}}.row{{float:left;width:50px;height:30px}}</style>{body}"
    )


def alone(pictures: Mapping[str, bytes], ground: str, scale: int = 1) -> str:
    """Return the page of the same pictures as elements of their own."""
    cells = []
    for name, data in pictures.items():
        width, height = (one // scale for one in Image.open(io.BytesIO(data)).size)
        uri = base64.b64encode(data).decode()
        cells.append(
            f'<div class="row"><img alt="{html.escape(name)}" style="display:block" width="{width}"'
            f' height="{height}" src="data:image/png;base64,{uri}"></div>'
        )
    return (
        f"<!DOCTYPE html><style>body{{margin:0;background:{ground}}}"
        f".row{{float:left;width:50px;height:30px}}</style>{''.join(cells)}"
    )


def shoot(driver: Chrome, path: Path, text: str, scale: float = 1) -> Image.Image:
    """Return the screenshot of a page at a device pixel ratio."""
    path.write_text(text)
    metrics = {"width": 520, "height": 200, "deviceScaleFactor": scale, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        driver.get(path.as_uri())
        # loaded is not yet painted at the new metrics: two frames are
        driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
        )
        return Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def assert_same(first: Image.Image, second: Image.Image) -> None:
    assert first.size == second.size
    assert first.getcolors(4) is None  # something is drawn
    assert ImageChops.difference(first, second).getbbox() is None


@pytest.mark.parametrize("ground", ["#fff", "#123"])
@pytest.mark.parametrize("config", CONFIGS)
def test_a_sheet_by_its_css_looks_as_the_icons_alone(
    chromium: Chrome, tmp_path: Path, config: str, ground: str
) -> None:
    files: dict[str, str | bytes] = {"assetbuild.toml": CONFIGS[config]}
    pictures = {**ICONS, "framed": save(frame(draw(9, 6, seed=3), 4, 3, 20, 12))}
    files |= {f"assets/sprites/icons/{name}.png": data for name, data in pictures.items()}
    files["assets/css/a.scss"] = '@import "sprites/icons";\n'
    result = build(tmp_path / "app", files)
    body = "".join(
        f'<div class="row"><span style="display:block" class="icons-{name}"></span></div>'
        for name in pictures
    )
    for css in ("css/a.css", "sprites/icons.css"):
        drawn = shoot(chromium, tmp_path / "a.html", page(result, css, body, ground))
        assert_same(drawn, shoot(chromium, tmp_path / "b.html", alone(pictures, ground)))


def test_a_dense_screen_shows_the_dense_pictures(chromium: Chrome, tmp_path: Path) -> None:
    dense = {name: make_png(2 * 16, 2 * 12, seed=n) for n, name in enumerate(("a", "b", "c"))}
    files: dict[str, str | bytes] = {"assetbuild.toml": ""}
    files |= {f"assets/sprites/icons@2x/{name}.png": data for name, data in dense.items()}
    files |= {f"assets/sprites/icons/{n}.png": make_png(16, 12, seed=40) for n in dense}
    result = build(tmp_path / "app", files)
    body = "".join(
        f'<div class="row"><span style="display:block" class="icons-{name}"></span></div>'
        for name in dense
    )
    text = page(result, "sprites/icons.css", body, "#fff")
    drawn = shoot(chromium, tmp_path / "a.html", text, scale=2)
    assert_same(drawn, shoot(chromium, tmp_path / "b.html", alone(dense, "#fff", 2), scale=2))


def test_marked_backgrounds_look_as_before_they_were_marked(
    chromium: Chrome, tmp_path: Path
) -> None:
    def write(mark: str) -> str:
        def marked(more: str = "") -> str:
            return f"/* sprite: s{more} */" if mark else ""

        rules = [
            f".i{n} {{ background: url(../img/i{n}.png) no-repeat {n % 3}px {n % 2}px; {marked()} }}"
            for n in range(8)
        ]
        rules.append(
            f".i8 {{ background-image: url(../img/i8.png) {marked()}; background-repeat: no-repeat;"
            " background-position: 2px 3px }"
        )
        rules.append(f".i9 {{ background: #fc0 url(../img/i9.png) repeat-x; {marked()} }}")
        rules.append(
            f".i10 {{ background: url(../img/i10.png) 0 0 / 20px 11px no-repeat {marked('; ratio=2')} }}"
        )
        rules.append(
            f".i11 {{ background: url(../img/i7.png) no-repeat {marked()},"
            f" url(../img/i6.png) no-repeat {marked()} }}"
        )
        sizes = "\n".join(
            f".i{n} {{ display: block; width: {w}px; height: {h}px }}"
            for n, (w, h) in enumerate(SIZES[n % len(SIZES)] for n in range(9))
        )
        return (
            sizes
            + "\n.i9, .i10, .i11 { display: block; width: 40px; height: 7px }"
            + "\n.i10 { width: 20px; height: 11px } .i11 { width: 9px; height: 14px }\n"
            + "\n".join(rules)
        )

    pictures: dict[str, str | bytes] = {
        f"assets/img/i{n}.png": make_png(*SIZES[n % len(SIZES)], seed=n) for n in range(10)
    }
    pictures["assets/img/i10.png"] = make_png(40, 22, seed=99)
    body = "".join(f'<div class="row"><span class="i{n}"></span></div>' for n in range(12))
    shots = []
    for name in ("", "marked"):
        files = {"assetbuild.toml": "", **pictures, "assets/css/a.css": write(name)}
        result = build(tmp_path / f"app{name}", files)
        assert any(one.startswith("sprites/") for one in result.manifest.entries) == bool(name)
        shots.append(shoot(chromium, tmp_path / "a.html", page(result, "css/a.css", body, "#fff")))
    assert_same(*shots)


def test_symbols_of_a_page_are_drawn(chromium: Chrome, tmp_path: Path) -> None:
    """``<use href>`` needs an origin; here the rewritten file is taken into the page instead."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><defs><linearGradient id="g">'
        '<stop stop-color="{}"/></linearGradient></defs><rect width="8" height="8" fill="url(#g)"/></svg>'
    )
    result = build(
        tmp_path / "app",
        {
            "assetbuild.toml": "",
            "assets/sprites/glyphs/red.svg": svg.format("#f00"),
            "assets/sprites/glyphs/blue.svg": svg.format("#00f"),
        },
    )
    entry = next(one for name, one in result.manifest.entries.items() if name.endswith(".svg"))
    joined = (result.output / entry.hashed).read_text()
    joined = joined.replace("<svg ", '<svg style="position:absolute" width="0" height="0" ', 1)
    uses = "".join(
        f'<svg style="float:left" width="20" height="20"><use href="#{name}"/></svg>'
        for name in ("red", "blue")
    )
    text = f"<!DOCTYPE html><style>body{{margin:0}}</style>{joined}{uses}"
    shot = shoot(chromium, tmp_path / "a.html", text)
    assert shot.getpixel((10, 10)) == (255, 0, 0)
    assert shot.getpixel((30, 10)) == (0, 0, 255)
