"""Places of a text as source maps and compilers in JavaScript count them: lines, UTF-16 code units.

In: a text and offsets in characters. Out: numbers, and the way back. Refuses to know: maps.
"""

from __future__ import annotations

from bisect import bisect_right


def count_utf16(text: str) -> int:
    """Return the number of UTF-16 code units of a text."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for char in text if char > "\uffff")


def count_characters(text: str, units: int, *, start: int = 0) -> int:
    """Return how many characters of the text from an offset on make up some UTF-16 code units.

    One more where the units end between the two halves of a character; never more than there are.
    """
    if text[start : start + units].isascii():
        return min(units, len(text) - start)
    count = 0
    while units > 0 and start + count < len(text):
        units -= 2 if text[start + count] > "\uffff" else 1
        count += 1
    return count


def find_line_starts(text: str) -> list[int]:
    """Return the offset at which each line begins; only \\n ends one."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


class Places:
    """Offsets of a text as lines and UTF-16 columns, and back; quick where those asked for rise."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_ascii = text.isascii()
        self._starts = find_line_starts(text)
        self._last = (0, 0, 0)  # line, offset and column found last: lines may be megabytes long

    def find(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset, both from 0."""
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        if self._is_ascii:
            return line, offset - start
        known_line, known, column = self._last
        if known_line == line and known <= offset:
            column += count_utf16(self._text[known:offset])
        else:
            column = count_utf16(self._text[start:offset])
        self._last = (line, offset, column)
        return line, column

    def locate(self, line: int, column: int) -> int:
        """Return the offset of a column of a line, both from 0; as count_characters does."""
        if self._is_ascii:
            return min(self._starts[line] + column, len(self._text))
        known_line, known, units = self._last
        if known_line != line or units > column:
            known, units = self._starts[line], 0
        offset = known + count_characters(self._text, column - units, start=known)
        self.find(offset)
        return offset
