"""The table of languages: which one a file's name asks for.

In: a logical path. Out: its Language; the raw one where no other fits. A language's module, with
its patterns and compilers' protocols, is loaded when its first source is met.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator, Mapping

from assetbuild.assets.languages.base import Language

# name -> module, its Language, its extensions (as there)
_TABLE: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "coffee": ("coffee", "COFFEE", (".coffee", ".litcoffee", ".coffee.md")),
    "css": ("css", "CSS", (".css",)),
    "js": ("js", "JAVASCRIPT", (".js", ".mjs", ".cjs")),
    "jsx": ("typescript", "JSX_LANGUAGE", (".jsx",)),
    "less": ("less", "LESS", (".less",)),
    "scss": ("scss", "SCSS", (".scss", ".sass")),
    "stylus": ("stylus", "STYLUS", (".styl", ".stylus")),
    "svg": ("svg", "SVG", (".svg",)),
    "typescript": ("typescript", "TYPESCRIPT", (".ts", ".tsx", ".mts", ".cts")),
    "raw": ("raw", "RAW", ()),
}


class _Languages(Mapping[str, Language]):
    """The languages by name, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> Language:
        return _load(name)

    def __contains__(self, name: object) -> bool:
        return name in _TABLE

    def __iter__(self) -> Iterator[str]:
        return iter(_TABLE)

    def __len__(self) -> int:
        return len(_TABLE)


@functools.cache
def _load(name: str) -> Language:
    module, attribute, _ = _TABLE[name]
    found: Language = getattr(
        importlib.import_module(f"assetbuild.assets.languages.{module}"), attribute
    )
    return found


LANGUAGES: Mapping[str, Language] = _Languages()

_BY_EXTENSION = {
    extension: name for name, (_, _, extensions) in _TABLE.items() for extension in extensions
}


def find_language(logical: str) -> Language:
    """Return the language with the longest extension that the name ends with; RAW without one."""
    name = logical.rpartition("/")[2].lower()
    at = name.find(".", 1)  # a name that is nothing but an extension has none
    while at >= 0:
        found = _BY_EXTENSION.get(name[at:])
        if found is not None:
            return LANGUAGES[found]
        at = name.find(".", at + 1)
    return LANGUAGES["raw"]
