"""The table of languages: which one a file's name asks for.

In: a logical path. Out: its Language; the raw one where no other fits.
"""

from __future__ import annotations

from collections.abc import Mapping

from assetbuild.assets.languages.base import Language
from assetbuild.assets.languages.coffee import COFFEE
from assetbuild.assets.languages.css import CSS
from assetbuild.assets.languages.js import JAVASCRIPT
from assetbuild.assets.languages.less import LESS
from assetbuild.assets.languages.raw import RAW
from assetbuild.assets.languages.scss import SCSS
from assetbuild.assets.languages.stylus import STYLUS
from assetbuild.assets.languages.svg import SVG
from assetbuild.assets.languages.typescript import JSX_LANGUAGE, TYPESCRIPT

LANGUAGES: Mapping[str, Language] = {
    one.name: one
    for one in (COFFEE, CSS, JAVASCRIPT, JSX_LANGUAGE, LESS, SCSS, STYLUS, SVG, TYPESCRIPT, RAW)
}

_BY_EXTENSION = {
    extension: language for language in LANGUAGES.values() for extension in language.extensions
}


def find_language(logical: str) -> Language:
    """Return the language with the longest extension that the name ends with; RAW without one."""
    name = logical.rpartition("/")[2].lower()
    at = name.find(".", 1)  # a name that is nothing but an extension has none
    while at >= 0:
        found = _BY_EXTENSION.get(name[at:])
        if found is not None:
            return found
        at = name.find(".", at + 1)
    return RAW
