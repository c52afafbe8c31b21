"""Names of assets in the single-file components of Vue and Svelte.

In: the text of a component. Out: mentions: of its scripts and the expressions of its markup, the calls;
of its markup, whole ``src``, ``srcset``, ``href`` and ``poster``. Of these a URL below the assets' own
is a name; one that begins with a dot is one in Vue, whose compiler imports it from beside the
component. Any other may be anybody's. Source: Vue's "SFC Syntax Specification" and
``transformAssetUrls`` of @vue/compiler-sfc.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from assetbuild.assets.syntax.html_references import find_html_references
from assetbuild.assets.syntax.html_tokens import Tag, tokenize_markup
from assetbuild.assets.usage.mention import Mention
from assetbuild.assets.usage.pieces import Pieces, blank_spans
from assetbuild.assets.usage.scripts import ScriptFinder

# attributes that Vue's compiler imports
_IMPORTED = {
    "img": frozenset(["src", "srcset"]),
    "source": frozenset(["src", "srcset"]),
    "video": frozenset(["src", "poster"]),
    "image": frozenset(["href", "xlink:href"]),
    "use": frozenset(["href", "xlink:href"]),
}
# blocks stand at the start of a line, by custom; what is indented is inside of one
_TEMPLATE = re.compile(r"^<template\b(?P<attributes>[^>]{0,2000})>", re.MULTILINE)
_TEMPLATE_END = re.compile(r"^</template\s*>", re.MULTILINE)
_LANGUAGE = re.compile(r"\blang\s*=\s*[\"']?(?!html\b)")
_BOUND = re.compile(r"[:@#]|v-")
_COMMENTS = Pieces([("<!--", "-->")])
_CURLY = {".vue": Pieces([(r"\{\{", "}}")]), ".svelte": Pieces([(r"\{", "}")])}


class ComponentFinder:
    """Finds mentions; made once for a project."""

    def __init__(self, scripts: ScriptFinder, url_prefix: str) -> None:
        """Take what finds calls, and the path below which the assets' URLs lie ("/assets/")."""
        self._scripts = scripts
        # below "/" lies everything, also what others serve
        self._prefix = url_prefix if url_prefix.startswith("/") and url_prefix != "/" else None

    def find(self, text: str, extension: str) -> tuple[Mention, ...]:
        """Return the mentions of a component, by place, each once."""
        found: dict[int, Mention] = {}
        for tag in tokenize_markup(text, is_xml=False):
            if tag.name == "script":
                for one in self._scripts.find(text, tag.text_start, tag.text_end):
                    found.setdefault(one.start, one)
        start, end = _find_markup(text) if extension == ".vue" else (0, len(text))
        for one in self._find_in_markup(text, start, end, extension):
            found.setdefault(one.start, one)
        return tuple(found[at] for at in sorted(found))

    def _find_in_markup(self, text: str, start: int, end: int, extension: str) -> Iterator[Mention]:
        markup = blank_spans(text[start:end], _COMMENTS.find(text[start:end]))
        tags = list(tokenize_markup(markup, is_xml=False))
        attributes = [(one.start, tag.name, one.name) for tag in tags for one in tag.attributes]
        for one in find_html_references(markup):
            if one.kind not in {"attribute", "srcset"} or one.is_optional or "{" in one.url:
                continue
            _, tag_name, attribute = attributes[bisect_right(attributes, (one.start, "~")) - 1]
            is_beside = (
                extension == ".vue"
                and one.url.startswith(("./", "../"))
                and attribute in _IMPORTED.get(tag_name, ())
            )
            name = one.url if is_beside else self._name_below(one.url)
            at = markup.find(name, one.start, one.end) if name else -1
            if name and at >= 0:
                yield Mention(
                    name=name,
                    start=start + at,
                    length=len(name),
                    helper=attribute,
                    is_lenient=True,
                    is_beside=is_beside,
                )
        for first, last in _list_expressions(markup, tags, extension):
            yield from self._scripts.find(text, start + first, start + last)

    def _name_below(self, url: str) -> str | None:
        if self._prefix is None or not url.startswith(self._prefix):
            return None
        return url[len(self._prefix) :]


def _find_markup(text: str) -> tuple[int, int]:
    """Return the span of a Vue component's template; an empty one where it is no HTML."""
    opened = _TEMPLATE.search(text)
    if opened is None or _LANGUAGE.search(opened["attributes"]) is not None:
        return 0, 0
    closed = _TEMPLATE_END.search(text, opened.end())
    return opened.end(), opened.end() if closed is None else closed.start()


def _list_expressions(markup: str, tags: list[Tag], extension: str) -> Iterator[tuple[int, int]]:
    raw = [(tag.text_start, tag.text_end) for tag in tags if tag.name in {"script", "style"}]
    for start, end in _CURLY[extension].find(blank_spans(markup, raw)):
        yield start + 1, end - 1
    for tag in tags:
        for one in tag.attributes:
            if extension == ".vue" and one.is_plain and _BOUND.match(one.name):
                yield one.body, one.body + len(one.value)
