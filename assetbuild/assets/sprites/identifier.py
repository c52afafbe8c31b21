"""Names of pictures as CSS identifiers.

In: text. Out: text that a style sheet reads as that name. Refuses to know: sprites.
"""

from __future__ import annotations

import re

_SAFE_NAME = re.compile(r"[^\x00-\x2c\x2e\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]")
_PLAIN = re.compile(rf"{_SAFE_NAME.pattern}+\Z")
_SAFE_START = re.compile(r"-?[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]|--")


def escape_identifier(text: str) -> str:
    """Return text as a CSS identifier, or part of one that stands first (CSSOM: CSS.escape)."""
    if _PLAIN.match(text) and _SAFE_START.match(text):
        return text
    out = []
    for index, char in enumerate(text):
        is_first_digit = (
            char.isascii() and char.isdigit() and (index == 0 or (index == 1 and text[0] == "-"))
        )
        if is_first_digit or char < " ":
            out.append(f"\\{ord(char):x} ")
        elif _SAFE_NAME.match(char):
            out.append("\\-" if text == "-" else char)
        else:
            out.append("\\" + char)
    return "".join(out)


def is_plain_name(text: str) -> bool:
    """Tell whether a name needs no escape behind a prefix."""
    return _PLAIN.match(text) is not None
