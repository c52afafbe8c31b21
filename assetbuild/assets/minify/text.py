"""Minify an artifact's text by its media type.

In: text, its media type and name. Out: shorter text, with its source map where asked. What cannot
be minified is left as it is, with a warning; what is no script is told besides. Refuses to know: the
settings that choose what to minify.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assetbuild.assets.minify.alignment import map_minified
from assetbuild.assets.minify.js import ScriptRefused, minify_js
from assetbuild.assets.minify.refused import tell_left
from assetbuild.assets.sourcemaps.model import SourceMap
from assetbuild.diagnostics import Diagnostic, Location, locate_offset, warning

REVISION = 6
"""Bumped when the output of the same input changes; part of the cache's keys."""


def _minify_css(text: str) -> str:
    # its tokenizer is loaded with the first style sheet, as what parses markup with the first SVG
    from assetbuild.assets.minify.css import minify_css

    return minify_css(text)


def _minify_svg(text: str) -> str:
    from assetbuild.assets.minify.structured import minify_svg

    return minify_svg(text)


def _minify_json(text: str) -> str:
    from assetbuild.assets.minify.structured import minify_json

    return minify_json(text)


_MINIFIERS: Mapping[str, Callable[[str], str]] = {
    "text/css": _minify_css,
    "text/javascript": minify_js,
    "image/svg+xml": _minify_svg,
    "application/json": _minify_json,
    "application/manifest+json": _minify_json,
}
_LARGEST_PARSED = 8_000_000  # characters of a script that a second parser is asked about
LARGEST_MAPPED = 4_000_000  # characters; aligning takes 25 bytes for each, and a second a million
_MIN_NAME = re.compile(r"[.-]min\.[^./]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Minified:
    """What became of a text."""

    text: str  # the same text where it could not be made shorter
    source_map: SourceMap | None  # to the text before; None: not asked for, or the text is the same
    diagnostics: tuple[Diagnostic, ...] = ()  # warnings
    refused: ScriptRefused | None = None  # it is no script: no browser would run it either


def can_minify(media_type: str, name: str) -> bool:
    """Tell whether files of this type and name are minified: not ``*.min.*``, not source maps."""
    return media_type in _MINIFIERS and not name.endswith(".map") and _MIN_NAME.search(name) is None


def minify_text(text: str, media_type: str, *, name: str, wants_map: bool = False) -> Minified:
    """Minify a text of a type that can_minify knows.

    ``name`` is the source in the map and the file in warnings.
    """
    try:
        minified = _MINIFIERS[media_type](text)
    except ScriptRefused as failure:
        # an engine, and what is newer: loaded with the first script that is refused
        from assetbuild.assets.engines.dukpy import accepts_script
        from assetbuild.assets.minify.newer_syntax import find_newer_syntax

        newer = find_newer_syntax(text)
        if newer is None and len(text) <= _LARGEST_PARSED and not accepts_script(text):
            return Minified(text=text, source_map=None, refused=failure)
        reason = failure.reason if newer is None else f"it uses {newer}"
        item = tell_left(reason, locate_offset(name, text, failure.offset))
        return Minified(text=text, source_map=None, diagnostics=(item,))
    except ValueError as failure:
        if media_type == "image/svg+xml":
            return Minified(text=text, source_map=None)
        item = tell_left(_first_line(failure), _locate(text, name, failure))
        return Minified(text=text, source_map=None, diagnostics=(item,))
    if len(minified) >= len(text):
        return Minified(text=text, source_map=None)
    source_map = None
    if wants_map and media_type in {"text/css", "text/javascript"}:
        if len(text) > LARGEST_MAPPED:
            item = warning(
                "minify/no-map",
                f'"{name}" has {len(text):,} characters and was minified without a source map',
                location=Location(file=name),
                hint="its map would take hundreds of megabytes to make; write minify = false in a rule to debug it",
            )
            return Minified(text=minified, source_map=None, diagnostics=(item,))
        source_map = map_minified(text, minified, media_type, name)
    return Minified(text=minified, source_map=source_map)


def _first_line(failure: ValueError) -> str:
    return (str(failure).splitlines() or [type(failure).__name__])[0]


def _locate(text: str, name: str, failure: ValueError) -> Location:
    if isinstance(failure, json.JSONDecodeError):
        return locate_offset(name, text, len(text) - len(failure.doc) + failure.pos)
    return Location(file=name)
