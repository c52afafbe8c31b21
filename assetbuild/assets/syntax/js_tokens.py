"""A lexer of JavaScript (ECMAScript 2025, clause 12 and annex B.1), over offsets.

In: any text. Out: tokens in order; between two tokens lies white space only. Whether a slash
divides or begins a regular expression is asked of js_context, which knows what each bracket opened.
Refuses to know: everything else of the grammar; JSX and types (compilers have removed them).
Source: https://tc39.es/ecma262/#sec-ecmascript-language-lexical-grammar
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Literal, TypeAlias

from assetbuild.assets.syntax.js_context import KEYWORDS, JsContext

JsKind: TypeAlias = Literal[
    "comment",  # // /* <!-- --> and the hashbang
    "word",  # identifier, keyword, #private name
    "string",
    "template",  # `…` without substitutions, or a piece: `…${  }…${  }…`
    "regex",
    "number",
    "punct",  # one punctuator; compound assignments come as their parts
]
JsToken: TypeAlias = "tuple[JsKind, int, int]"
"""Kind, start, end (offsets). A plain tuple: a large file has millions of them."""

_UNICODE_ESCAPE = r"\\u(?:\{[0-9a-fA-F]*\}|[0-9a-fA-F]{4})"
# beyond ASCII everything that is no white space: \w lacks the combining marks of ID_Continue
_WORD_CHAR = r"(?:[\w$]|[^\x00-\x7f\s\ufeff])"
_WORD_REST = rf"{_WORD_CHAR}*(?:{_UNICODE_ESCAPE}{_WORD_CHAR}*)*"
_TOKEN = re.compile(
    rf"""[\s\ufeff]*(?:
      (?P<word>\#?(?:[^\W0-9]|\$|{_UNICODE_ESCAPE}){_WORD_REST})
    | (?P<number>
        0[xXoObB][0-9a-fA-F_]*n?
      | 0[0-7]+(?![0-9])  # an old octal has no fraction: 01.a reads a property
      | (?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?n?
      )
    | (?P<punct>=>|\.\.\.|\?\.(?![0-9])|\?\?|\+\+|&&|\|\||[;,=.+*%&|^!~>@])
    | (?P<bracket>[(){{}}\[\]?:])
    | (?P<string>"[^"\\\n\r]*(?:\\(?:\r\n|[\s\S]|\Z)[^"\\\n\r]*)*"?
                |'[^'\\\n\r]*(?:\\(?:\r\n|[\s\S]|\Z)[^'\\\n\r]*)*'?)
    | (?P<slash>/)
    | (?P<template>`)
    | (?P<html><!--[^\n\r\u2028\u2029]*)
    | (?P<minus>--?)
    | (?P<other>[^\s\ufeff])
    )""",
    re.VERBOSE,
)
_LINE = re.compile(r"[^\n\r\u2028\u2029]*")
_PIECE = 4096  # tokens that a lexer holds
_LINE_END = re.compile(r"[\n\r\u2028\u2029]")
_REGEX = re.compile(
    r"/(?![*/])[^/\\\[\n\r\u2028\u2029]*"
    r"(?:(?:\\[^\n\r\u2028\u2029]|\[[^\]\\\n\r\u2028\u2029]*(?:\\[^\n\r\u2028\u2029][^\]\\\n\r\u2028\u2029]*)*\])"
    r"[^/\\\[\n\r\u2028\u2029]*)*/[\w$]*"
)
_TEMPLATE_PIECE = re.compile(r"[^`\\$]*(?:(?:\\(?:[\s\S]|\Z)|\$(?!\{))[^`\\$]*)*(?:`|\$\{|\Z)")
_ENDED_BY_LINE = frozenset({"return", "break", "continue"})


def tokenize_js(text: str) -> list[JsToken]:
    """Return the tokens of a script or module; a text that does not parse still gets some."""
    return [*iterate_js_tokens(text)]


def iterate_js_tokens(text: str) -> Iterator[JsToken]:
    """Yield the tokens of tokenize_js while holding some thousands: a token takes 130 bytes."""
    return chain.from_iterable(_Lexer(text).run())


class _Lexer:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[JsToken] = []
        self._context = JsContext()
        self._code_end = 0  # end of the last token that is no comment, of those seen
        self._no_regex_before = 0  # offset up to which no regular expression can end
        self._seen = 0  # how many tokens code_end knows of

    def run(self) -> Iterator[list[JsToken]]:
        """Yield the tokens in order, many at a time."""
        text = self._text
        match = _TOKEN.match
        context = self._context
        tokens = self._tokens
        add = tokens.append
        at = self._take_hashbang()
        # what came before, as far as it matters: a keyword, a punctuator, or "x" for any value
        prev = ""
        while (found := match(text, at)) is not None:
            if len(tokens) >= _PIECE:
                self._note_code_end()
                yield tokens
                tokens = self._tokens = []
                add = tokens.append
                self._seen = 0
            kind = found.lastgroup
            start = found.start(kind)  # type: ignore[arg-type]  # every alternative is a group
            at = found.end()
            if kind == "word":
                add(("word", start, at))
                word = text[start:at]
                prev = context.name(word, prev) if word in KEYWORDS else "x"
            elif kind == "punct":
                add(("punct", start, at))
                prev = text[start:at]
            elif kind == "bracket":
                char = text[start]
                if char == "}" and context.is_in_template():
                    context.close(char)
                    at = self._take_template(start)
                    prev = context.after_template
                else:
                    add(("punct", start, at))
                    if (
                        char == "{"
                        and prev in _ENDED_BY_LINE
                        and _LINE_END.search(text, found.start(), start)
                    ):
                        prev = ";"  # return, a new line, and the brace begins a block
                    prev = context.bracket(char, prev)
            elif kind in {"string", "number"}:
                add((kind, start, at))  # type: ignore[arg-type]
                prev = "x"
            elif kind == "template":
                at = self._take_template(start)
                prev = context.after_template
            else:
                at = self._take_odd(kind, start, at, prev)
                last = tokens[-1]
                if last[0] != "comment":
                    prev = "x" if last[0] == "regex" else text[last[1] : last[2]]
        yield tokens

    def _take_hashbang(self) -> int:
        start = 1 if self._text.startswith("\ufeff") else 0
        if not self._text.startswith("#!", start):
            return 0
        return self._take_line_comment(start)

    def _take_line_comment(self, start: int) -> int:
        line = _LINE.match(self._text, start)
        assert line is not None
        self._tokens.append(("comment", start, line.end()))
        return line.end()

    def _take_odd(self, kind: str | None, start: int, end: int, prev: str) -> int:
        """Take what begins with a slash, a minus or ``<!--``, or a character that fits nowhere."""
        text = self._text
        if kind == "slash":
            if text.startswith("/", end):
                return self._take_line_comment(start)
            if text.startswith("*", end):
                stop = text.find("*/", end + 1)
                end = len(text) if stop < 0 else stop + 2
                self._tokens.append(("comment", start, end))
                return end
            if start >= self._no_regex_before and not self._context.is_value(prev):
                found = _REGEX.match(text, start)
                if found is not None:
                    self._tokens.append(("regex", start, found.end()))
                    return found.end()
                # no JavaScript; trying again at each slash would take quadratic time
                line = _LINE.match(text, start)
                self._no_regex_before = len(text) if line is None else line.end()
        elif kind == "html" or (text.startswith("-->", start) and self._is_line_start(start)):
            return self._take_line_comment(start)
        self._tokens.append(("punct", start, end))
        return end

    def _is_line_start(self, start: int) -> bool:
        self._note_code_end()
        return (
            self._code_end == 0 or _LINE_END.search(self._text, self._code_end, start) is not None
        )

    def _note_code_end(self) -> None:
        tokens = self._tokens
        for index in range(self._seen, len(tokens)):
            if tokens[index][0] != "comment":
                self._code_end = tokens[index][2]
        self._seen = len(tokens)

    def _take_template(self, start: int) -> int:
        piece = _TEMPLATE_PIECE.match(self._text, start + 1)
        assert piece is not None
        self._tokens.append(("template", start, piece.end()))
        if self._text.endswith("${", start + 1, piece.end()):
            self._context.open_template()
        else:
            self._context.after_template = "x"
        return piece.end()
