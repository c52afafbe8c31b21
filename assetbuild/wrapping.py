"""Text in lines of at most so many columns, so that it fits a terminal.

In: one line of text. Out: lines. What one copies stays whole: a word, a path, a quoted value or a
command in backquotes is never cut, and may then be wider than asked for.
"""

from __future__ import annotations

import re

WIDTH = 80  # columns; what a terminal has at least
# a piece in quotes or braces with all that touches it, or a word
_PIECE = re.compile(r'(?:"[^"\n]*"|`[^`\n]*`|\{[^{}\n]*\}|[^\s"`{]|["`{])+')


def wrap_line(text: str, *, width: int | None, indent: str = "", rest: str = "") -> list[str]:
    """Return the lines of a text; ``indent`` begins the first, ``rest`` each later one.

    ``width`` None is one line, as it is.
    """
    if width is None:
        return [indent + text]
    lines: list[str] = []
    line = indent
    is_empty = True
    for piece in _PIECE.findall(text):
        for part in _split_wide(piece, width - len(rest)):
            gap = "" if is_empty else " "
            if not is_empty and len(line) + len(gap) + len(part) > width:
                lines.append(line)
                line, gap = rest, ""
            line += gap + part
            is_empty = False
    return [*lines, line]


def _split_wide(piece: str, width: int) -> list[str]:
    """Cut a quoted piece that would not fit a line of its own; a single word stays."""
    return [piece] if len(piece) <= width else piece.split()
