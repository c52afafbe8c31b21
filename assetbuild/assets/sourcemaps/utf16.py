"""Places of a text as source maps and compilers in JavaScript count them: lines, UTF-16 code units.

In: a text and offsets in characters. Out: numbers, and the way back. Refuses to know: maps.
"""

from __future__ import annotations


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
