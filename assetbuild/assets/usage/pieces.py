"""Pieces of a text between two marks, found in one pass whatever the text.

In: marks, a text. Out: spans; a text with spaces in their place. Refuses to know: what the marks mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence


class Pieces:
    """Finds pieces of a text between two marks.

    As one expression (``\\{\\{.*?\\}\\}``) each mark that is never closed would be followed to the end.
    """

    def __init__(self, kinds: Sequence[tuple[str, str | re.Pattern[str]]]) -> None:
        """Take what begins each kind, an expression, and what ends it: a text or an expression."""
        self._begins = re.compile("|".join(f"({begin})" for begin, _ in kinds))
        self._ends = [
            re.compile(re.escape(end)) if isinstance(end, str) else end for _, end in kinds
        ]

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the span of each piece; none lies in another."""
        unclosed: set[int] = set()  # kinds that nothing ends from here on
        at = 0
        while (begun := self._begins.search(text, at)) is not None:
            kind = (begun.lastindex or 1) - 1
            ended = None if kind in unclosed else self._ends[kind].search(text, begun.end())
            if ended is None:
                unclosed.add(kind)
                at = begun.start() + 1
            else:
                yield begun.start(), ended.end()
                at = ended.end()


def blank_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return the text with spaces in the place of spans, which are sorted; lines are kept."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])
