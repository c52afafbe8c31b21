"""Keep a source map true when spans of its generated text are replaced.

In: the JSON of a map, the text before, the edits. Out: the mappings after. Only the generated
columns of the edited lines change, so only these are decoded: a large map costs little.
Refuses to know: sources.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from assetbuild.assets.sourcemaps.utf16 import Places, count_utf16
from assetbuild.assets.sourcemaps.vlq import (
    decode_mappings,
    encode_mappings,
    encode_number,
    read_number,
)
from assetbuild.assets.syntax.reference import Edit, apply_edits


class _Span(NamedTuple):
    """An edit within one line, in UTF-16 code units."""

    start: int  # column in the old text
    end: int  # column after it in the old text
    size: int  # units that stand there now


def shift_mappings(mappings: str, text: str, edits: Sequence[Edit]) -> str:
    """Return the mappings after the edits (sorted, not overlapping) of the generated ``text``.

    A place inside a replaced span stays in it, as near to where it was as the new text allows.
    """
    if not edits:
        return mappings
    if any("\n" in text[one.start : one.end] or "\n" in one.text for one in edits):
        return _shift_over_lines(mappings, text, edits)
    try:
        return _shift_within_lines(mappings, text, edits)
    except _Unsorted:
        # some tools write the segments of a line in any order; decoding sorts them
        return _shift_within_lines(encode_mappings(decode_mappings(mappings)), text, edits)


class _Unsorted(Exception):
    """A segment lies before the one before it."""


def _shift_within_lines(mappings: str, text: str, edits: Sequence[Edit]) -> str:
    groups = mappings.split(";")
    line = text.count("\n", 0, edits[0].start)
    line_start = text.rfind("\n", 0, edits[0].start) + 1
    spans: list[_Span] = []
    one_before = line_start  # offset after the edit before
    for one in edits:
        # from the edit before on: a minified file is one line, and counting it all each time
        # would be quadratic
        newlines = text.count("\n", one_before, one.start)
        if newlines:
            _shift_group(groups, line, spans)
            spans = []
            line += newlines
            line_start = text.rfind("\n", 0, one.start) + 1
        known, column = (one_before, spans[-1].end) if spans else (line_start, 0)
        start = column + count_utf16(text[known : one.start])
        end = start + count_utf16(text[one.start : one.end])
        spans.append(_Span(start, end, count_utf16(one.text)))
        one_before = one.end
    _shift_group(groups, line, spans)
    return ";".join(groups)


def _shift_group(groups: list[str], line: int, spans: Sequence[_Span]) -> None:
    if line >= len(groups) or not groups[line] or not spans:
        return
    old = new = 0  # generated column of the segment before
    moved = 0  # by how much everything after the spans passed is moved
    at = 0
    changed: list[str] = []
    for segment in groups[line].split(","):
        delta, size = read_number(segment)
        if delta < 0:
            raise _Unsorted
        old += delta
        while at < len(spans) and spans[at].end <= old:
            moved += spans[at].size - (spans[at].end - spans[at].start)
            at += 1
        column = old + moved
        if at < len(spans) and spans[at].start < old:
            column = min(column, spans[at].start + moved + spans[at].size)
        step = column - new
        changed.append(segment if step == delta else encode_number(step) + segment[size:])
        new = column
    groups[line] = ",".join(changed)


def _shift_over_lines(mappings: str, text: str, edits: Sequence[Edit]) -> str:
    """Shift when newlines come or go: by offsets in the whole text. Rare."""
    bounds: list[tuple[int, int, int]] = []  # old start, old end, new start
    grown = 0
    for one in edits:
        bounds.append((one.start, one.end, one.start + grown))
        grown += len(one.text) - (one.end - one.start)
    new_text = apply_edits(text, edits)
    old_places, new_places = Places(text), Places(new_text)
    starts = [one[0] for one in bounds]
    result: list[list[tuple[int, ...]]] = [[] for _ in range(new_text.count("\n") + 1)]
    for line, segments in enumerate(decode_mappings(mappings)[: text.count("\n") + 1]):
        for segment in segments:
            offset = old_places.locate(line, segment[0])
            index = bisect_right(starts, offset) - 1
            if index >= 0:
                start, end, new_start = bounds[index]
                new_end = new_start + len(edits[index].text)
                inside = min(new_start + offset - start, new_end)
                offset = new_end + offset - end if offset >= end else inside
            row, column = new_places.find(offset)
            result[row].append((column, *segment[1:]))
    return encode_mappings(result)
