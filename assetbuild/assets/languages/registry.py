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
from assetbuild.assets.languages.names import match_extension
from assetbuild.assets.languages.raw import RAW
from assetbuild.assets.languages.scss import SCSS
from assetbuild.assets.languages.svg import SVG
from assetbuild.assets.languages.typescript import JSX_LANGUAGE, TYPESCRIPT

LANGUAGES: Mapping[str, Language] = {
    one.name: one
    for one in (COFFEE, CSS, JAVASCRIPT, JSX_LANGUAGE, LESS, SCSS, SVG, TYPESCRIPT, RAW)
}


def find_language(logical: str) -> Language:
    """Return the language with the longest extension that the name ends with; RAW without one."""
    best: Language = RAW
    length = 0
    for language in LANGUAGES.values():
        ending = match_extension(language, logical)
        if ending is not None and len(ending) > length:
            best, length = language, len(ending)
    return best
