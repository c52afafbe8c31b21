"""What is broken in a style sheet so that a browser skips more than the place itself.

In: CSS. Out: blocks, strings and comments that do not end, and braces that close nothing.
Refuses to know: selectors, properties, values, urls: a browser that cannot read one drops that alone.
Source: CSS Syntax 3, sections 4.3 and 9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assetbuild.assets.syntax.css_tokens import tokenize_css

# what opens and closes, and what may hide it; of a text that is well, these are all balanced
_LANDMARK = re.compile(
    r"""/\*[^*]*(?:\*(?!/)[^*]*)*\*/
      | "[^"\\\n\r\f]*(?:\\(?:\r\n|[\s\S])[^"\\\n\r\f]*)*"
      | '[^'\\\n\r\f]*(?:\\(?:\r\n|[\s\S])[^'\\\n\r\f]*)*'
      | \b[uU][rR][lL]\([ \t\n\r\f]*(?!["'\s])[^"'()\\\s]*(?:\\[^\n\r\f][^"'()\\\s]*)*[ \t\n\r\f]*\)
      | \\[\s\S]
      | (?P<mark>[{}()\[\]"']|/\*|\\)
    """,
    re.VERBOSE,
)
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_NAMES = {"{": "block", "(": "parenthesis", "[": "bracket"}


@dataclass(frozen=True, slots=True)
class CssProblem:
    """One place that breaks what follows it."""

    offset: int  # of the first character
    message: str  # "this block is never closed"


def find_css_problems(text: str) -> tuple[CssProblem, ...]:
    """Return the problems of a style sheet, in order."""
    return () if _is_balanced(text) else tuple(sorted(_find(text), key=lambda one: one.offset))


def _is_balanced(text: str) -> bool:
    """Tell whether all is well, by a look at a few characters; False: look closely."""
    opened: list[str] = []
    for match in _LANDMARK.finditer(text):
        mark = match["mark"]
        if mark is None:
            continue
        if mark in _NAMES:
            opened.append(mark)
        elif not opened or opened.pop() != _CLOSERS.get(mark):
            return False
    return not opened


def _find(text: str) -> list[CssProblem]:
    found: list[CssProblem] = []
    opened: list[tuple[str, int]] = []
    for kind, start, end in tokenize_css(text):
        char = text[end - 1]
        if kind == "bad-string":
            found.append(CssProblem(start, "this string is not closed on its line"))
        elif kind == "comment":
            if end - start < 4 or not text.endswith("*/", start, end):
                found.append(CssProblem(start, "this comment is never closed"))
        elif kind == "string":
            if end - start < 2 or char != text[start]:
                found.append(CssProblem(start, "this string is never closed"))
        elif kind == "url":
            if char != ")":
                found.append(CssProblem(start, "this url() is never closed"))
        elif kind == "function" or (kind == "punct" and char in _NAMES):
            opened.append((char, start))
        elif kind == "punct" and char in _CLOSERS:
            _close(char, start, opened, found)
    found += [CssProblem(at, f"this {_NAMES[char]} is never closed") for char, at in opened]
    return found


def _close(char: str, at: int, opened: list[tuple[str, int]], found: list[CssProblem]) -> None:
    if opened and opened[-1][0] == _CLOSERS[char]:
        opened.pop()
    elif char == "}":
        # a parenthesis that is left open swallows the brace in a browser; here it is told once
        while opened and opened[-1][0] != "{":
            other, place = opened.pop()
            found.append(CssProblem(place, f"this {_NAMES[other]} is never closed"))
        if opened:
            opened.pop()
        else:
            found.append(CssProblem(at, "this brace closes nothing"))
