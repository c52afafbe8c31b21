"""Minify SVG and JSON, conservatively: nothing a reader could tell is changed.

In: text. Out: text; ValueError for what doesn't parse. Refuses to know: files.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from assetbuild.assets.minify.tdewolff import run_minifier
from assetbuild.jsontype import parse_json

_JSON_TOKEN = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\n\r]+')


def minify_json(text: str) -> str:
    """Return JSON without white space; numbers, key order and escapes stay as written.

    Errors: ValueError for what is no JSON.
    """
    body = text.removeprefix("\ufeff")
    parse_json(body)
    return _JSON_TOKEN.sub(lambda match: match.group(1) or "", body)


def minify_svg(text: str) -> str:
    """Return an image that looks the same.

    Errors: ValueError for what is not well-formed, before or after.
    """
    body = text.removeprefix("\ufeff")
    if "<!ENTITY" in body or "<script" in body:
        # it drops the entities that the image uses
        raise ValueError("the image declares entities or holds a script")
    minified = run_minifier("image/svg+xml", body)
    try:
        ElementTree.fromstring(body)
        ElementTree.fromstring(minified)
    except ElementTree.ParseError as failure:
        raise ValueError(f"not well-formed: {failure}") from failure
    return minified
