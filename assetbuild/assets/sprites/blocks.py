"""The declarations of a style sheet, block by block, as spans.

In: CSS. Out: for each block its declarations in order. Refuses to know: what properties mean.
Source: CSS Syntax 3, section 5.4.4 (a declaration ends at a semicolon or the block's end).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assetbuild.assets.syntax.css_tokens import CssToken, tokenize_css

_SPACE = " \t\n\r\f"
_IMPORTANT = re.compile(rf"![{_SPACE}]*important\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One declaration; offsets are of the whole text."""

    name: str  # lower case
    start: int  # of the value's first character
    end: int  # after the value, before !important
    stop: int  # after !important, before the semicolon
    is_important: bool  # !important follows the value
    is_spaced: bool  # white space follows the colon


def find_blocks(text: str) -> tuple[tuple[Declaration, ...], ...]:
    """Return the declarations of every block that has any, nested blocks apart, in no order."""
    found: list[tuple[Declaration, ...]] = []
    blocks: list[list[Declaration]] = [[]]
    segment: list[CssToken] = []
    depth = 0  # of parentheses and brackets
    for token in tokenize_css(text):
        char = text[token.start] if token.kind == "punct" else ""
        if token.kind == "function" or char in ("(", "["):
            depth += 1
        elif char in (")", "]"):
            depth = max(0, depth - 1)
        elif char in ("{", "}") or (char == ";" and depth == 0):
            if char != "{":
                declaration = _read(text, segment)
                if declaration is not None:
                    blocks[-1].append(declaration)
            segment = []
            depth = 0
            if char == "{":
                blocks.append([])
            elif char == "}" and len(blocks) > 1:
                done = blocks.pop()
                if done:
                    found.append(tuple(done))
            continue
        segment.append(token)
    declaration = _read(text, segment)
    if declaration is not None:
        blocks[-1].append(declaration)
    found.extend(tuple(one) for one in blocks if one)
    return tuple(found)


def _read(text: str, segment: list[CssToken]) -> Declaration | None:
    useful = [one for one in segment if one.kind not in {"space", "comment"}]
    if len(useful) < 3 or useful[0].kind != "ident" or text[useful[1].start] != ":":
        return None
    start = useful[2].start
    stop = useful[-1].end
    # looked for from its "!": a search for what may begin with white space reads a long run of it
    # again at each of its characters
    mark = text.rfind("!", start, stop)
    is_important = mark >= 0 and _IMPORTANT.match(text, mark, stop) is not None
    return Declaration(
        name=text[useful[0].start : useful[0].end].lower(),
        start=start,
        end=start + len(text[start:mark].rstrip(_SPACE)) if is_important else stop,
        stop=stop,
        is_important=is_important,
        is_spaced=start > useful[1].end,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A part of a value between white space, at the value's top level."""

    text: str  # as written
    start: int  # offset in the whole text
    end: int  # offset after it


def split_layers(text: str, start: int, end: int) -> tuple[tuple[Word, ...], ...]:
    """Return the words of each layer of a value: layers stand between commas; a slash is a word."""
    layers: list[tuple[Word, ...]] = []
    words: list[Word] = []
    begun = -1
    depth = 0

    def close(at: int) -> None:
        nonlocal begun
        if begun >= 0:
            words.append(Word(text=text[begun:at], start=begun, end=at))
        begun = -1

    for kind, begin, stop in tokenize_css(text[start:end]):
        token = CssToken(kind, begin + start, stop + start)
        char = text[token.start] if token.kind == "punct" else ""
        if depth == 0 and (token.kind in {"space", "comment"} or char in (",", "/")):
            close(token.start)
            if char == "/":
                words.append(Word(text="/", start=token.start, end=token.end))
            if char == ",":
                layers.append(tuple(words))
                words = []
            continue
        depth += (token.kind == "function" or char == "(") - (char == ")")
        if begun < 0:
            begun = token.start
    close(end)
    layers.append(tuple(words))
    return tuple(layers)
