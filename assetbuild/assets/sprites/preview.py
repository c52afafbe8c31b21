"""A page that shows sprites: each sheet, every picture with its class and numbers, on light and dark.

In: sheets and what lies on them. Out: one HTML file that needs no other. Refuses to know: disks.
"""

from __future__ import annotations

import base64
import html
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetbuild.assets.sprites.svg import SVG
from assetbuild.sizes import format_size

_STYLE = """
:root { font: 14px/1.4 system-ui, sans-serif; color: #222; background: #fff }
body { margin: 2em }
code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
.light { background: #fff; color: #222 }
.dark { background: #1b1b1f; color: #eee }
.icons { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 6px; padding: 0; list-style: none }
.icons li { border: 1px solid #ccc; border-radius: 4px; overflow: hidden }
.icons p { margin: 0; padding: 4px 6px; color: #555 }
.pair { display: flex }
.pair > * { flex: 1; min-height: 24px; padding: 10px; display: flex; justify-content: center; align-items: center; overflow: auto }
.sheet { display: inline-block; padding: 12px; margin: 0 8px 8px 0; max-width: 100%; box-sizing: border-box; overflow: auto; vertical-align: top }
.i { display: block; flex: none; background-repeat: no-repeat; image-rendering: pixelated }
figure { margin: 0 } figcaption { color: #555; padding: 4px 0 }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSheet:
    """One sheet of pixels."""

    name: str  # of its file
    data: bytes  # PNG
    size_bytes: int  # as published
    width: int  # CSS pixels
    height: int  # CSS pixels
    ratio: int  # pixels of the file for one CSS pixel
    icons: Sequence[PreviewIcon]  # in the order of the JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewIcon:
    """One picture on a sheet; CSS pixels."""

    name: str  # of the picture, without the prefix
    use: str  # what an app writes: ".icons-add"
    x: int  # from the sheet's left edge
    y: int  # from the sheet's top
    width: int  # of what is drawn
    height: int  # of what is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSprite:
    """One sprite: sheets of pixels, or a file of symbols."""

    name: str  # of the sprite
    sheets: Sequence[PreviewSheet] = ()  # none where it is a file of symbols
    symbols: bytes | None = None  # the SVG


def sheets_of(
    document: Mapping[str, Any], images: Mapping[str, bytes], sizes: Mapping[str, int], prefix: str
) -> tuple[PreviewSheet, ...]:
    """Return the sheets that the JSON of a sprite tells of.

    ``images`` and ``sizes`` (published) are by file name; ``prefix`` stands before names in
    ``use``, with which an empty one leaves the name as it is.
    """
    found = []
    for texture in document.get("textures", [document]):
        meta = texture["meta"]
        ratio = int(meta["scale"])
        icons = []
        for name, frame in texture["frames"].items():
            box = frame["frame"]
            icons.append(
                PreviewIcon(
                    name=name,
                    use=f"{prefix}{name}" if prefix else f"url({name})",
                    x=box["x"] // ratio,
                    y=box["y"] // ratio,
                    width=box["w"] // ratio,
                    height=box["h"] // ratio,
                )
            )
        name = meta["image"]
        found.append(
            PreviewSheet(
                name=name,
                data=images[name],
                size_bytes=sizes.get(name, len(images[name])),
                width=meta["size"]["w"] // ratio,
                height=meta["size"]["h"] // ratio,
                ratio=ratio,
                icons=icons,
            )
        )
    return tuple(found)


def render_preview(sprites: Iterable[PreviewSprite]) -> str:
    """Return the page."""
    styles: list[str] = []
    body: list[str] = []
    for sprite in sprites:
        body.append(f'<section id="{html.escape(sprite.name)}">')
        body.append(f"<h2>{html.escape(sprite.name)}</h2>")
        for sheet in sprite.sheets:
            body += _show_sheet(sheet, f"s{len(styles)}", styles)
        if sprite.symbols is not None:
            body += _show_symbols(sprite.name, sprite.symbols)
        body.append("</section>")
    if not body:
        body.append("<p>There are no sprites: put pictures below <code>sprites/icons/</code>.</p>")
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8"><title>Sprites</title>',
            f"<style>{_STYLE}{''.join(styles)}</style></head><body><h1>Sprites</h1>",
            *body,
            "</body></html>\n",
        )
    )


def _show_sheet(sheet: PreviewSheet, name: str, styles: list[str]) -> Iterable[str]:
    data = base64.b64encode(sheet.data).decode("ascii")
    styles.append(
        f".{name}{{background-image:url(data:image/png;base64,{data});"
        f"background-size:{sheet.width}px {sheet.height}px}}\n"
    )
    used = sum(one.width * one.height for one in sheet.icons)
    waste = 100 * (1 - used / (sheet.width * sheet.height))
    facts = (
        f"{len(sheet.icons)} picture{'s' if len(sheet.icons) > 1 else ''}, {sheet.width} × {sheet.height} CSS pixels at {sheet.ratio}x, "
        f"{format_size(sheet.size_bytes)}"
    )
    # pictures that repeat are tiled over the sheet, which is no waste
    facts += f", {waste:.1f} % without a picture" if "-repeat-" not in sheet.name else ""
    yield f"<figure><figcaption><code>{html.escape(sheet.name)}</code>: {facts}</figcaption>"
    for ground in ("light", "dark"):
        yield (
            f'<div class="sheet {ground}"><span class="i {name}" '
            f'style="width:{sheet.width}px;height:{sheet.height}px"></span></div>'
        )
    yield '</figure><ul class="icons">'
    for one in sheet.icons:
        box = f"width:{one.width}px;height:{one.height}px;background-position:{-one.x}px {-one.y}px"
        drawn = f'<span class="i {name}" style="{box}"></span>'
        numbers = f"{one.width} × {one.height} at {one.x}, {one.y}"
        yield _card(drawn, one.use, numbers)
    yield "</ul>"


def _show_symbols(name: str, data: bytes) -> Iterable[str]:
    root = ET.fromstring(data)
    symbols = list(root)
    yield (
        f"<p><code>{html.escape(name)}.svg</code>: {len(symbols)} symbols, "
        f'{format_size(len(data))}</p><ul class="icons">'
    )
    ET.register_namespace("", SVG)
    for one in symbols:
        alone = ET.Element(f"{{{SVG}}}svg", {**one.attrib, "width": "48", "height": "48"})
        alone.extend(list(one))
        picture = base64.b64encode(ET.tostring(alone)).decode("ascii")
        # a picture, not part of the page: whatever it is, it stays inert and its styles its own
        drawn = f'<img alt="" width="48" height="48" src="data:image/svg+xml;base64,{picture}">'
        symbol = one.get("id", "")
        yield _card(drawn, f'<use href="{name}.svg#{symbol}">', f"viewBox {one.get('viewBox')}")
    yield "</ul>"


def _card(drawn: str, use: str, numbers: str) -> str:
    return (
        f'<li><div class="pair"><div class="light">{drawn}</div><div class="dark">{drawn}</div></div>'
        f"<p><code>{html.escape(use)}</code><br>{html.escape(numbers)}</p></li>"
    )
