"""References in JSON: the icons and screenshots of a web app manifest.

In: JSON text. Out: sorted references with offsets, which the json module does not give.
Source: https://www.w3.org/TR/appmanifest/ and the members of manifest-app-info.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from assetbuild.assets.syntax.reference import Reference, is_data_uri

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<mark>[{}\[\],:])|(?P<other>[^\s{}\[\],:"]+|"))'
)
_IMAGE_LISTS = frozenset({"icons", "screenshots"})


def find_webmanifest_references(text: str) -> tuple[Reference, ...]:
    """Return the images that a web app manifest names, shortcuts' and file handlers' too."""
    if '"src"' not in text:
        return ()
    return tuple(
        one
        for path, one in _walk_strings(text)
        if len(path) >= 2
        and path[-1] == "src"
        and path[-2] in _IMAGE_LISTS
        and not is_data_uri(one.url)
    )


def _walk_strings(text: str) -> Iterator[tuple[tuple[str, ...], Reference]]:
    """Yield every string value with the keys that lead to it; arrays add nothing to the path."""
    path: list[str] = []  # key of each open object that has one, as far as it was read
    opened: list[bool] = []  # for each bracket: is it an object
    key: str | None = None
    is_key = False
    at = 0
    while (match := _TOKEN.match(text, at)) is not None:
        at = match.end()
        mark = match["mark"]
        if match["string"] is not None:
            try:
                value = json.loads(match["string"], strict=False)
            except ValueError:
                return
            if is_key:
                key = value
                is_key = False
            else:
                start, end = match.span("string")
                names = tuple(one for one in [*path, key] if one)
                yield names, Reference(start, end, value, "icon", "json-string")
        elif mark in {"{", "["}:
            path.append(key or "")
            opened.append(mark == "{")
            key = None
            is_key = mark == "{"
        elif mark in {"}", "]"} and opened:
            opened.pop()
            path.pop()
            key = None
        elif mark == ",":
            is_key = bool(opened) and opened[-1]
            key = None if is_key else key
