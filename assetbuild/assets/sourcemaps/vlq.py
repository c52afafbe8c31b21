"""The mappings string of a source map: base64 VLQ (ECMA-426, section 9.2).

In: the string. Out: per generated line its segments with absolute values; and back.
Refuses to know: JSON, sources, names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

Segment: TypeAlias = "tuple[int, ...]"
"""(column), (column, source, line, column) or (column, source, line, column, name), all 0-based;
columns count UTF-16 code units. Sorted by generated column within a line."""

_MEMO = 1 << 14  # deltas remembered: few are met often, and all take as much memory as the map
_PIECE = 1 << 16  # characters of a line that are decoded at once: a minified file has one line

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}


def decode_numbers(text: str) -> Segment:
    """Return the numbers of one segment. Errors: ValueError for what is no VLQ."""
    numbers: list[int] = []
    value = shift = 0
    for char in text:
        digit = _VALUES.get(char)
        if digit is None:
            raise ValueError(f"{char!r} is no base64 digit")
        value |= (digit & 31) << shift
        if digit & 32:
            shift += 5
            if shift > 60:
                raise ValueError("a number is too long")
        else:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift:
        raise ValueError("a number is cut off")
    return tuple(numbers)


def read_number(text: str) -> tuple[int, int]:
    """Return the first number of a segment, and how many digits it has.

    Errors: ValueError for what is no base64 digit.
    """
    value = shift = size = 0
    for char in text:
        size += 1
        digit = _VALUES.get(char)
        if digit is None:
            raise ValueError(f"{char!r} is no base64 digit")
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            break
    return (-(value >> 1) if value & 1 else value >> 1), size


def encode_number(number: int) -> str:
    """Return one number as VLQ."""
    value = -number << 1 | 1 if number < 0 else number << 1
    text = ""
    while value > 31:
        text += _DIGITS[value & 31 | 32]
        value >>= 5
    return text + _DIGITS[value]


def decode_mappings(mappings: str) -> list[list[Segment]]:
    """Return the segments of each generated line.

    Errors: ValueError for bad digits, segments of 2, 3 or more than 5 numbers, negative values.
    """
    lines: list[list[Segment]] = []
    for line, segments in iterate_mappings(mappings):
        if line == len(lines):
            lines.append(segments)
        else:
            lines[line] += segments
    for segments in lines:
        if len(segments) > 1 and not is_rising(segments):
            segments.sort(key=lambda one: one[0])
    return lines


def is_rising(segments: Sequence[Segment]) -> bool:
    """Tell whether the segments of a line are sorted by their generated columns."""
    columns = [one[0] for one in segments]
    return columns == sorted(columns)


def iterate_mappings(mappings: str) -> Iterator[tuple[int, list[Segment]]]:
    """Yield (generated line, segments) as they are written, a long line in several pieces.

    Every line is yielded at least once. Errors: as decode_mappings.
    """
    source = line = column = name = 0
    # the same few deltas make up most of a map
    memo: dict[str, Segment] = {}
    row = generated = 0
    for group, is_last in _split_mappings(mappings):
        segments: list[Segment] = []
        for text in group.split(",") if group else ():
            numbers = memo.get(text)
            if numbers is None:
                numbers = decode_numbers(text)
                if len(memo) < _MEMO:
                    memo[text] = numbers
            size = len(numbers)
            if size == 0:
                continue  # some old tools write ",,"
            generated += numbers[0]
            if generated < 0:
                raise ValueError("a position is negative")
            if size == 1:
                segments.append((generated,))
                continue
            if size not in {4, 5}:
                raise ValueError(f"a segment has {size} numbers")
            source += numbers[1]
            line += numbers[2]
            column += numbers[3]
            if source < 0 or line < 0 or column < 0:
                raise ValueError("a position is negative")
            if size == 4:
                segments.append((generated, source, line, column))
            else:
                name += numbers[4]
                if name < 0:
                    raise ValueError("a name is negative")
                segments.append((generated, source, line, column, name))
        yield row, segments
        if is_last:
            row += 1
            generated = 0


def _split_mappings(mappings: str) -> Iterator[tuple[str, bool]]:
    """Yield the text of each line, a long one in pieces; besides, whether the line ends there."""
    start = 0
    while True:
        end = mappings.find(";", start)
        stop = len(mappings) if end < 0 else end
        while stop - start > _PIECE:
            cut = mappings.find(",", start + _PIECE, stop)
            if cut < 0:
                break
            yield mappings[start:cut], False
            start = cut + 1
        yield mappings[start:stop], True
        if end < 0:
            return
        start = end + 1


def encode_mappings(lines: Iterable[Sequence[Segment]]) -> str:
    """Return the mappings string; the segments of each line are sorted."""
    source = line = column = name = 0
    memo: dict[Segment, str] = {}
    groups: list[str] = []
    for segments in lines:
        generated = 0
        texts: list[str] = []
        for segment in segments:
            if len(segment) == 1:
                delta: Segment = (segment[0] - generated,)
            else:
                delta = (
                    segment[0] - generated,
                    segment[1] - source,
                    segment[2] - line,
                    segment[3] - column,
                )
                _, source, line, column = segment[:4]
                if len(segment) == 5:
                    delta = (*delta, segment[4] - name)
                    name = segment[4]
            generated = segment[0]
            text = memo.get(delta)
            if text is None:
                text = "".join(map(encode_number, delta))
                if len(memo) < _MEMO:
                    memo[delta] = text
            texts.append(text)
        groups.append(",".join(texts))
    return ";".join(groups).rstrip(";")
