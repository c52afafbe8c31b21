"""The tokenizer of CSS Syntax Level 3, section 4.3, over offsets.

In: any text. Out: tokens that concatenate back to the text. Refuses to know: grammar, URLs.
Source: https://www.w3.org/TR/css-syntax-3/#tokenization
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

CssKind: TypeAlias = Literal[
    "space",
    "comment",
    "string",
    "bad-string",
    "url",
    "bad-url",
    "function",  # with its opening parenthesis
    "ident",
    "at",
    "hash",
    "number",  # with its unit or percent sign
    "cdo",
    "cdc",
    "punct",  # ( ) [ ] { } , : ; and every delim
]


class CssToken(NamedTuple):
    """A span of the text."""

    kind: CssKind
    start: int
    end: int


ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\n\r\f])?|[^\n\r\f0-9a-fA-F]|\Z)"
# NUL counts as U+FFFD (section 3.3), so it is a name character
# all but the ASCII that no name has: a set written from 0x80 up takes 3 ms to compile, each time
NAME_CHAR = r"[^\x01-\x2c\x2e\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
_NAME = rf"{NAME_CHAR}*(?:{ESCAPE}{NAME_CHAR}*)*"
# \w is more than ASCII, and digits of other scripts are name-start characters in CSS
_NAME_START = rf"(?:[^\x01-\x40\x5b-\x5e\x60\x7b-\x7f]|{ESCAPE})"
_IDENT = rf"(?:--|-?{_NAME_START}){_NAME}"
_HEX_END = r"(?:\r\n|[ \t\n\r\f])?"
# the letters of "url", each of which may be escaped, by itself or as a code point
_U = rf"(?:[uU]|\\[uU]|\\0{{0,4}}[57]5{_HEX_END})"
_R = rf"(?:[rR]|\\[rR]|\\0{{0,4}}[57]2{_HEX_END})"
_L = rf"(?:[lL]|\\[lL]|\\0{{0,4}}[46][cC]{_HEX_END})"
URL_OPEN = rf"{_U}{_R}{_L}\("

_TOKEN = re.compile(
    rf"""
      (?P<space>[ \t\n\r\f]+)
    | (?P<comment>/\*)
    | (?P<url>{URL_OPEN}[ \t\n\r\f]*(?![\"' \t\n\r\f]))
    | (?P<function>{_IDENT}\()
    | (?P<cdc>-->)
    | (?P<ident>{_IDENT})
    | (?P<number>[+-]?(?:[0-9]*\.)?[0-9]+(?:[eE][+-]?[0-9]+)?(?:%|{_IDENT})?)
    | (?P<string>["'])
    | (?P<at>@{_IDENT})
    | (?P<hash>\#(?:{NAME_CHAR}|{ESCAPE}){_NAME})
    | (?P<cdo><!--)
    | (?P<punct>[\s\S])
    """,
    re.VERBOSE,
)

# a code point takes the white space after it along, be it a line's end
_STRING_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\n\r\f])?|\r\n|[^0-9a-fA-F]|\Z)"
_STRING_BODY = {
    '"': re.compile(rf'"[^"\\\n\r\f]*(?:{_STRING_ESCAPE}[^"\\\n\r\f]*)*'),
    "'": re.compile(rf"'[^'\\\n\r\f]*(?:{_STRING_ESCAPE}[^'\\\n\r\f]*)*"),
}
_URL_BODY = re.compile(
    rf"[^\"'()\\ \t\n\r\f\x01-\x08\x0b\x0e-\x1f\x7f]*(?:{ESCAPE}[^\"'()\\ \t\n\r\f\x01-\x08\x0b\x0e-\x1f\x7f]*)*"
)
_URL_CLOSE = re.compile(r"[ \t\n\r\f]*(?:\)|\Z)")
_BAD_URL = re.compile(r"[^\\)]*(?:\\(?:[\s\S]|\Z)[^\\)]*)*\)?")
_UNESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(\r\n|[\n\r\f])|([\s\S])|\Z)")


def tokenize_css(text: str, start: int = 0) -> Iterator[CssToken]:
    """Yield the tokens of a text from an offset that no token spans; each character is in one."""
    at = start
    size = len(text)
    match = _TOKEN.match
    while at < size:
        found = match(text, at)
        assert found is not None  # the last alternative takes any character
        kind = found.lastgroup
        end = found.end()
        if kind == "string":
            kind, end = end_css_string(text, at)
        elif kind == "comment":
            end = end_css_comment(text, at)
        elif kind == "url":
            kind, end = end_css_url(text, end)
        yield CssToken(kind, at, end)  # type: ignore[arg-type]  # the group names are the kinds
        at = end


def end_css_string(text: str, start: int) -> tuple[CssKind, int]:
    """Return the kind and end of the string whose quote is at ``start``."""
    body = _STRING_BODY[text[start]].match(text, start)
    assert body is not None
    end = body.end()
    if end == len(text):
        return "string", end
    return ("string", end + 1) if text[end] == text[start] else ("bad-string", end)


def end_css_comment(text: str, start: int) -> int:
    """Return the offset after the comment that starts at ``start``; the end when it never ends."""
    end = text.find("*/", start + 2)
    return len(text) if end < 0 else end + 2


def end_css_url(text: str, body_start: int) -> tuple[CssKind, int]:
    """Return the kind and end of an unquoted url token whose body starts after the white space."""
    body = _URL_BODY.match(text, body_start)
    assert body is not None
    close = _URL_CLOSE.match(text, body.end())
    if close is not None:
        return "url", close.end()
    remnants = _BAD_URL.match(text, body.end())
    assert remnants is not None
    return "bad-url", remnants.end()


def unescape_css(text: str) -> str:
    """Return a name, string body or url body with its escapes resolved (section 4.3.7)."""
    return _UNESCAPE.sub(_resolve_escape, text) if "\\" in text else text


def _resolve_escape(match: re.Match[str]) -> str:
    digits, newline, char = match.groups()
    if digits:
        code = int(digits, 16)
        valid = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
        return chr(code) if valid else "\ufffd"
    # an escaped newline continues the string; a back-slash at the end of the text is U+FFFD
    if newline:
        return ""
    return "\ufffd" if char is None else char
