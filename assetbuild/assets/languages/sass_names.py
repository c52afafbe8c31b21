"""The URLs under which Dart Sass knows our files: no path of the machine, every name escaped.

In: names as messages show them. Out: URLs, and back. glue/sass.js makes the same ones.
"""

from __future__ import annotations

import urllib.parse

SCHEME = "assetbuild-source:/"


def to_source_url(name: str) -> str:
    """Return the URL of a file by its display name."""
    return SCHEME + "/".join(urllib.parse.quote(part, safe="!'()*-._~") for part in name.split("/"))


def from_source_url(url: str) -> str:
    """Return the display name that a URL stands for; a URL of another kind as it is."""
    if not url.startswith(SCHEME):
        return url
    return urllib.parse.unquote(url[len(SCHEME) :])
