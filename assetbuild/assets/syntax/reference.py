"""A reference: the span of a text that names another file, and how a replacement is written there.

In: nothing. Out: the values that every finder returns, and the text to put in their place.
Refuses to know: what the URL resolves to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "url",  # CSS url() and src(), also inside SVG attributes
    "import",  # CSS @import
    "image-set",  # a bare string in CSS image-set()
    "asset-path",  # a string "asset:…": what asset-path() in SCSS, LESS and Stylus emits
    "filter",  # AlphaImageLoader(src=…)
    "module",  # JavaScript import … from / export … from
    "dynamic-import",  # JavaScript import("…")
    "new-url",  # JavaScript new URL("…", import.meta.url)
    "attribute",  # src, href, poster, data of HTML and SVG
    "srcset",  # one candidate of srcset or imagesrcset
    "icon",  # src of a web app manifest
    "source-map",  # sourceMappingURL
]

Form: TypeAlias = Literal[
    "css-url",  # unquoted, between the parentheses of url()
    "css-string",  # with its quotes
    "js-string",  # with its quotes, or a template without substitutions
    "attribute",  # the whole value, with its quotes where it has them
    "attribute-part",  # inside an attribute's value: srcset, a filter in a CSS string
    "json-string",  # with its quotes
    "comment",  # to the next white space
]


@dataclass(frozen=True, slots=True)
class Reference:
    """One place in a text that names a file."""

    start: int  # offset of the first character that a replacement takes away
    end: int  # offset after the last one
    url: str  # what is named: CSS escapes, entities and string escapes resolved, still URL-encoded
    kind: Kind  # the construct
    form: Form  # how a replacement must be spelt
    is_optional: bool = False  # may rightly name something outside the build (<a href>)


@dataclass(frozen=True, slots=True)
class Edit:
    """A replaced span, as source maps need it."""

    start: int  # offset in the old text
    end: int  # offset after the span, in the old text
    text: str  # what stands there now


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with spans replaced; the edits are sorted and don't overlap."""
    pieces: list[str] = []
    at = 0
    for one in edits:
        pieces += (text[at : one.start], one.text)
        at = one.end
    return "".join((*pieces, text[at:]))


def is_data_uri(url: str) -> bool:
    """Tell whether the URL holds its content itself."""
    return url[:5].lower() == "data:"


_UNSAFE_IN_URL = re.compile(r"[\s\"'()\\<>\x00-\x1f\x7f]")
_UNSAFE_IN_PART = re.compile(r"[\s\"'<>,\\]")


def spell_replacement(reference: Reference, url: str, old: str) -> str:
    """Return the text to put in place of the span ``old`` so that it names ``url``.

    ``url`` may be anything, data URIs included; characters that would end the construct are
    escaped in the way of the construct.
    """
    form = reference.form
    if form == "css-url":
        # percent-encoding, not quotes: the url() may itself stand in a quoted attribute
        return _UNSAFE_IN_URL.sub(_percent, url)
    if form == "css-string":
        # quotes may be put where none were: between the parentheses of url()
        return _quote_css(url, old[0] if old[:1] in {'"', "'"} else '"')
    if form == "js-string":
        return _quote_js(url, old[0])
    if form == "attribute":
        quote = old[0] if old[:1] in {'"', "'"} else '"'
        entity = "&quot;" if quote == '"' else "&#39;"
        escaped = url.replace("&", "&amp;").replace("<", "&lt;").replace(quote, entity)
        return f"{quote}{escaped}{quote}"
    if form == "attribute-part":
        return _UNSAFE_IN_PART.sub(_percent, url).replace("&", "&amp;")
    if form == "json-string":
        return json.dumps(url, ensure_ascii=False)
    return re.sub(r"\s", _percent, url).replace("*/", "*%2F")


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())


def _quote_css(url: str, quote: str) -> str:
    # a newline in a CSS string is written as a hex escape, which a space ends
    escaped = url.replace("\\", "\\\\").replace(quote, "\\" + quote)
    return quote + re.sub(r"[\n\r\f]", lambda m: f"\\{ord(m.group()):x} ", escaped) + quote


def _quote_js(url: str, quote: str) -> str:
    escaped = url.replace("\\", "\\\\").replace(quote, "\\" + quote)
    if quote == "`":
        escaped = escaped.replace("${", "\\${")
    return quote + escaped.replace("\n", "\\n").replace("\r", "\\r") + quote
