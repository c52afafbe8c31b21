"""The head of a style sheet: @charset, @layer statements, @import, @namespace.

In: CSS. Out: its statements with their spans, an import's URL and conditions apart.
Refuses to know: what the URLs resolve to. Source: CSS Cascade 5, section 2 (@import).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assetbuild.assets.syntax.css_references import find_css_references
from assetbuild.assets.syntax.css_tokens import CssToken, tokenize_css, unescape_css

_DECLARATION = re.compile(r"\s*[-\w\\]+\s*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Under what an imported style sheet holds."""

    layer: str | None = None  # name; "" for an anonymous layer; None: no layer
    supports: str | None = None  # what stands in supports(…)
    media: str = ""  # media query list, without white space around

    def wrap(self) -> tuple[str, str]:
        """Return what to write before and after the rules of an inlined style sheet."""
        opening = ""
        if self.media:
            opening += f"@media {self.media} {{"
        if self.supports is not None:
            is_declaration = _DECLARATION.match(self.supports) is not None
            condition = f"({self.supports})" if is_declaration else self.supports
            opening += f"@supports {condition} {{"
        if self.layer is not None:
            opening += f"@layer {self.layer} {{" if self.layer else "@layer {"
        return opening, "}" * opening.count("{")

    def text(self) -> str:
        """Return the conditions as @import writes them, with a space in front of each."""
        layer = "" if self.layer is None else f" layer({self.layer})" if self.layer else " layer"
        supports = "" if self.supports is None else f" supports({self.supports})"
        return f"{layer}{supports}{' ' + self.media if self.media else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of the head."""

    kind: str  # "charset", "import", "layer", "namespace"
    start: int  # offset of the at sign
    end: int  # offset after the semicolon
    url: str = ""  # of an import, decoded
    conditions: Conditions = Conditions()  # of an import


def parse_prelude(text: str) -> tuple[Statement, ...]:
    """Return the statements before the first rule: further imports are not valid CSS."""
    found: list[Statement] = []
    waiting: list[CssToken] = []
    depth = 0
    for token in tokenize_css(text, 1 if text.startswith("\ufeff") else 0):
        kind, start, end = token
        if kind in {"space", "comment", "cdo", "cdc"} and not waiting:
            continue
        if not waiting and kind != "at":
            break
        waiting.append(token)
        char = text[start:end] if kind == "punct" else ""
        depth += (kind == "function" or char in {"(", "["}) - (char in {")", "]"})
        if char == "{" and depth == 0:
            break
        if char == ";" and depth <= 0:
            statement = _read_statement(text, waiting)
            if statement is None:
                break
            found.append(statement)
            waiting = []
            depth = 0
    else:
        if waiting:  # the last statement needs no semicolon
            statement = _read_statement(text, waiting)
            if statement is not None:
                found.append(statement)
    return tuple(found)


def _read_statement(text: str, tokens: Sequence[CssToken]) -> Statement | None:
    start, end = tokens[0].start, tokens[-1].end
    name = unescape_css(text[start + 1 : tokens[0].end]).lower()
    if name in {"charset", "layer", "namespace"}:
        return Statement(kind=name, start=start, end=end)
    if name != "import":
        return None
    references = find_css_references(text[start:end])
    if not references or references[0].kind != "import":
        return None
    after = start + references[0].end
    rest = [one for one in tokens[1:] if one.start >= after]
    if references[0].form == "css-url" or text[start + references[0].start - 1] in "( \t\n\r\f":
        # the closing parenthesis belongs to the url token, or follows its string
        rest = _skip_closing(text, tokens, after)
    if rest and text[rest[-1].start : rest[-1].end] == ";":
        rest = rest[:-1]
    return Statement(
        kind="import",
        start=start,
        end=end,
        url=references[0].url,
        conditions=_read_conditions(text, rest),
    )


def _skip_closing(text: str, tokens: Sequence[CssToken], after: int) -> list[CssToken]:
    rest = [one for one in tokens[1:] if one.start >= after]
    is_function = tokens[0].kind == "at" and any(
        one.kind == "function" and text[one.start : one.end].lower() in {"url(", "src("}
        for one in tokens[1:]
        if one.end <= after
    )
    if is_function:
        for index, one in enumerate(rest):
            if text[one.start : one.end] == ")":
                return rest[index + 1 :]
    return rest


def _read_conditions(text: str, tokens: Sequence[CssToken]) -> Conditions:
    layer: str | None = None
    supports: str | None = None
    index = 0
    while index < len(tokens):
        kind, start, end = tokens[index]
        word = unescape_css(text[start:end]).lower()
        if kind in {"space", "comment"}:
            index += 1
        elif kind == "ident" and word == "layer" and layer is None and supports is None:
            layer = ""
            index += 1
        elif kind == "function" and word in {"layer(", "supports("}:
            close = _closing(text, tokens, index)
            inner = text[end : tokens[close].start if close < len(tokens) else tokens[-1].end]
            if word == "layer(":
                layer = inner.strip()
            else:
                supports = inner.strip()
            index = close + 1
        else:
            break
    media = text[tokens[index].start : tokens[-1].end].strip() if index < len(tokens) else ""
    return Conditions(layer=layer, supports=supports, media=media)


def _closing(text: str, tokens: Sequence[CssToken], index: int) -> int:
    depth = 0
    for at in range(index, len(tokens)):
        kind, start, end = tokens[at]
        char = text[start:end] if kind == "punct" else ""
        depth += (kind == "function" or char == "(") - (char == ")")
        if depth == 0:
            return at
    return len(tokens)
