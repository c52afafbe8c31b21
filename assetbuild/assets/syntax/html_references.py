"""References in HTML: src, srcset, href, poster, data, and the CSS and JavaScript inside.

In: HTML, whole pages or pieces. Out: sorted references. Links that lead to pages (<a>, <area>,
<form>, <iframe>) are optional: they are rewritten when they name an output.
Source: https://html.spec.whatwg.org/multipage/indices.html#attributes-3
"""

from __future__ import annotations

import re
from dataclasses import replace

from assetbuild.assets.syntax.css_references import find_css_references
from assetbuild.assets.syntax.html_tokens import Attribute, Tag, tokenize_markup
from assetbuild.assets.syntax.js_references import find_js_references
from assetbuild.assets.syntax.reference import Reference, is_data_uri

_PREFILTER = re.compile(r"src|href|poster|data\s*=|url\(|import|background", re.IGNORECASE)
_ATTRIBUTES = {
    "audio": ("src",),
    "embed": ("src",),
    "feimage": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
    "img": ("src",),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src", "href", "xlink:href"),
    "source": ("src",),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
_LINKS = {
    "a": ("href", "xlink:href"),
    "area": ("href",),
    "iframe": ("src",),
    "body": ("background",),
}
_SETS = {"img": "srcset", "source": "srcset", "link": "imagesrcset"}
# links whose target is a page or an address, not a file that the page loads
_LINK_TYPES_OPTIONAL = frozenset(
    [
        "alternate",
        "author",
        "canonical",
        "dns-prefetch",
        "help",
        "license",
        "next",
        "preconnect",
        "prev",
        "search",
        "shortlink",
        "pingback",
        "me",
    ]
)
_SCRIPT_TYPES = frozenset({"", "module", "text/javascript", "application/javascript"})
_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*)")
_DESCRIPTORS = re.compile(r"(?:[^,(]|\([^)]*\)?)*,?")


def find_html_references(text: str) -> tuple[Reference, ...]:
    """Return the references of a page, in order."""
    if _PREFILTER.search(text) is None:
        return ()
    found: list[Reference] = []
    for tag in tokenize_markup(text, is_xml=False):
        if tag.name == "base" and any(one.name == "href" for one in tag.attributes):
            # every relative URL means something else then, which only the server knows
            return ()
        found += _references_of(tag, text)
    return tuple(sorted(found, key=lambda one: one.start))


def _references_of(tag: Tag, text: str) -> list[Reference]:
    values = {one.name: one for one in tag.attributes}
    found: list[Reference] = []
    for name in _ATTRIBUTES.get(tag.name, ()):
        if name in values:
            found += attribute_reference(values[name], is_optional=_is_optional(tag.name, values))
    for name in _LINKS.get(tag.name, ()):
        if name in values:
            found += attribute_reference(values[name], is_optional=True)
    set_name = _SETS.get(tag.name)
    if set_name in values:
        found += find_srcset_references(values[set_name])
    if "style" in values:
        found += embedded_css(text, values["style"])
    if tag.name == "style":
        found += shifted_css(text, tag.text_start, tag.text_end)
    elif tag.name == "script" and tag.text_end > tag.text_start:
        kind = values["type"].value.strip().lower() if "type" in values else ""
        if kind in _SCRIPT_TYPES:
            inside = find_js_references(text[tag.text_start : tag.text_end])
            found += [shift(one, tag.text_start) for one in inside if one.kind != "source-map"]
    return found


def attribute_reference(one: Attribute, *, is_optional: bool) -> list[Reference]:
    """Return the reference that a whole attribute is: none for a fragment or a data URI."""
    url = one.value.strip()
    if not url or url[0] == "#" or is_data_uri(url):
        return []
    return [Reference(one.start, one.end, url, "attribute", "attribute", is_optional)]


def find_srcset_references(one: Attribute) -> list[Reference]:
    """Return the candidates of a srcset. One with entities is left alone: offsets would be off."""
    if not one.is_plain:
        return []
    found: list[Reference] = []
    at = 0
    while (match := _CANDIDATE.match(one.value, at)) is not None:
        url = match.group(1)
        at = match.end()
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            descriptors = _DESCRIPTORS.match(one.value, at)
            assert descriptors is not None
            at = descriptors.end()
        start = one.body + match.start(1)
        if url and not is_data_uri(url):
            found.append(Reference(start, start + len(url), url, "srcset", "attribute-part"))
    return found


def embedded_css(text: str, one: Attribute) -> list[Reference]:
    """Return the references of CSS in an attribute. One with entities is left alone."""
    if not one.is_plain:
        return []
    return shifted_css(text, one.body, one.body + len(one.value))


def shifted_css(text: str, start: int, end: int) -> list[Reference]:
    """Return the references of a span of CSS, at their offsets in the whole text."""
    inside = find_css_references(text[start:end])
    return [shift(one, start) for one in inside if one.kind != "source-map"]


def shift(one: Reference, by: int) -> Reference:
    """Return the reference at an offset further on."""
    return replace(one, start=one.start + by, end=one.end + by)


def _is_optional(tag: str, values: dict[str, Attribute]) -> bool:
    if tag != "link" or "rel" not in values:
        return False
    return bool(_LINK_TYPES_OPTIONAL & set(values["rel"].value.lower().split()))
