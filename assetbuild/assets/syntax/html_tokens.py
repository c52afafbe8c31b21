"""Tags and attributes of HTML and XML, over offsets.

In: any text. Out: start tags with their attributes, and the raw text of script and style elements.
Comments, CDATA, doctypes and processing instructions are skipped. Refuses to know: what the
attributes mean, the tree. The standard library's html.parser gives no offsets of attributes.
Source: https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a start tag."""

    name: str  # lower case, with its prefix: "xlink:href"
    value: str  # entities resolved
    start: int  # offset of the value in the text, with its quote
    end: int  # offset after the value, with its quote
    body: int  # offset of the first character of the value
    is_plain: bool  # no entity in it: offsets in the value are offsets in the text


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag, or (name "?xml-stylesheet") a processing instruction with pseudo-attributes."""

    name: str  # lower case
    attributes: tuple[Attribute, ...]  # in order; a repeated name counts once, as in browsers
    text_start: int  # raw text that follows, for the elements that hold it, else == text_end
    text_end: int  # offset after the raw text


_OPEN = re.compile(
    r"<(?:(?P<comment>!--)|(?P<cdata>!\[CDATA\[)|(?P<pi>\?[\w:.-]+)|(?P<bogus>[!?]|/[^a-zA-Z])"
    r"|(?P<close>/[a-zA-Z])|(?P<tag>[a-zA-Z_][^\s/>]*))"
)
_ATTRIBUTE = re.compile(
    r"[\s/]*(?P<name>[^\s/>=][^\s/>=]*)"
    r"(?:\s*=\s*(?P<value>\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>][^\s>]*)))?"
)
_TAG_END = re.compile(r"[\s/]*(?:>|\?>)?")
# what stands in these is text, not markup
_RAW = frozenset(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"])


def tokenize_markup(text: str, *, is_xml: bool) -> Iterator[Tag]:
    """Yield the start tags of a text in order."""
    at = 0
    ends: dict[str, re.Pattern[str]] = {}
    while (opened := _OPEN.search(text, at)) is not None:
        kind = opened.lastgroup
        if kind == "comment":
            at = _after(text, "-->", opened.end() if is_xml else opened.end() - 2)
        elif kind == "cdata" and is_xml:
            at = _after(text, "]]>", opened.end())
        elif kind in {"bogus", "cdata"}:
            at = _after_doctype(text, opened.end()) if is_xml else _after(text, ">", opened.end())
        elif kind == "close":
            at = _after(text, ">", opened.end())
        else:
            name = opened.group()[1:]
            attributes, at = _read_attributes(text, opened.end())
            name = name if is_xml else name.lower()
            text_start = text_end = at
            is_closed = text.endswith("/>", 0, at)
            if (name.lower() in _RAW and not is_xml) or (
                is_xml and name.rpartition(":")[2] in {"style", "script"} and not is_closed
            ):
                if name not in ends:
                    ends[name] = re.compile(rf"</{re.escape(name)}(?=[\s/>])", re.IGNORECASE)
                closing = ends[name].search(text, at)
                text_end = at = closing.start() if closing is not None else len(text)
            yield Tag(name.lower(), attributes, text_start, text_end)


def _after(text: str, mark: str, start: int) -> int:
    at = text.find(mark, start)
    return len(text) if at < 0 else at + len(mark)


def _after_doctype(text: str, start: int) -> int:
    # an XML doctype may hold an internal subset: <!DOCTYPE svg [ <!ENTITY …> ]>
    end = text.find(">", start)
    bracket = text.find("[", start)
    if end >= 0 and 0 <= bracket < end:
        closing = text.find("]", bracket)
        return _after(text, ">", closing if closing >= 0 else start)
    return len(text) if end < 0 else end + 1


def _read_attributes(text: str, at: int) -> tuple[tuple[Attribute, ...], int]:
    found: dict[str, Attribute] = {}
    size = len(text)
    while at < size:
        closing = _TAG_END.match(text, at)
        assert closing is not None
        if closing.group().endswith(">"):
            return tuple(found.values()), closing.end()
        match = _ATTRIBUTE.match(text, at)
        if match is None or match.end() == at:
            # a stray quote or equals sign: it would begin a name in a browser; skip it
            at = max(at + 1, closing.end())
            continue
        at = match.end()
        kind = match.lastgroup
        group = next((one for one in ("double", "single", "bare") if match[one] is not None), None)
        if group is None or kind is None:
            continue
        name = match["name"].lower()
        raw = match[group]
        start, end = match.span("value")
        is_plain = "&" not in raw
        value = raw if is_plain else html.unescape(raw)
        found.setdefault(name, Attribute(name, value, start, end, match.start(group), is_plain))
    return tuple(found.values()), size
