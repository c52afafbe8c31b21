"""Pack boxes into sheets: a skyline packer, rows and columns. Pure, and the same in any order.

In: boxes with their names, limits. Out: where each box lies, and how large each sheet is.
Refuses to know: pixels, files, ratios (the caller packs at ratio 1 and scales).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Arrangement = Literal["packed", "repeat-x", "repeat-y"]

# below this count every candidate width is tried; above, fewer, so that 10,000 boxes stay quick
_MANY = 1_500
_ASPECTS = (1.0, 0.94, 1.06, 0.88, 1.13, 0.8, 1.25, 0.7, 1.42, 0.5, 2.0)


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A rectangle to place."""

    name: str  # unique; breaks ties, so that the order of the input is nothing
    width: int  # pixels at ratio 1, at least 1
    height: int  # pixels at ratio 1, at least 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a box lies."""

    name: str  # of the box
    sheet: int  # index of its sheet
    x: int  # pixels at ratio 1 from the left
    y: int  # pixels at ratio 1 from the top
    width: int  # of the box
    height: int  # of the box


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All sheets of one set."""

    sizes: tuple[tuple[int, int], ...]  # width and height of each sheet, ratio 1
    placements: tuple[Placement, ...]  # sorted by name

    @property
    def waste(self) -> float:
        """See find_waste."""
        return find_waste(self.sizes, self.placements)


def find_waste(sizes: Iterable[tuple[int, int]], placements: Iterable[Placement]) -> float:
    """Return the part of the sheets' area that no box covers, 0 to 1; padding counts as waste."""
    area = sum(width * height for width, height in sizes)
    used = sum(one.width * one.height for one in placements)
    return 1 - used / area if area else 0.0


def arrange(
    boxes: Iterable[Box],
    *,
    arrangement: Arrangement = "packed",
    gap: int = 0,
    max_width: int = 2048,
    max_height: int = 4096,
) -> Layout:
    """Place the boxes with ``gap`` pixels between them, on as many sheets as the limits ask.

    Every box must fit the limits by itself (the caller checks). ``repeat-x``: one below the
    other, each from the left edge; the sheet is as wide as the least common multiple of the
    widths, so that each tile ends where it began. ``repeat-y``: the same, turned.
    """
    ordered = sorted(boxes, key=lambda box: (-box.height, -box.width, box.name))
    if not ordered:
        return Layout(sizes=(), placements=())
    if arrangement == "repeat-x":
        return _stack(ordered, gap=gap, limit=max_height, longest=max_width)
    if arrangement == "repeat-y":
        turned = [
            Box(box.name, box.height, box.width)
            for box in sorted(ordered, key=lambda box: (-box.width, -box.height, box.name))
        ]
        layout = _stack(turned, gap=gap, limit=max_width, longest=max_height)
        return Layout(
            sizes=tuple((height, width) for width, height in layout.sizes),
            placements=tuple(
                Placement(
                    name=one.name,
                    sheet=one.sheet,
                    x=one.y,
                    y=one.x,
                    width=one.height,
                    height=one.width,
                )
                for one in layout.placements
            ),
        )
    return _pack_sheets(ordered, gap=gap, max_width=max_width, max_height=max_height)


def _stack(boxes: Sequence[Box], *, gap: int, limit: int, longest: int) -> Layout:
    """Stack boxes on sheets no higher than ``limit``; tiles are no longer than ``longest``.

    Lengths without a common multiple below that (97, 101, 103) go to sheets of their own.
    """
    placements: list[Placement] = []
    sheets: list[tuple[int, int]] = []  # length and height so far
    for box in boxes:
        for at, (length, height) in enumerate(sheets):
            common = math.lcm(length, box.width)
            if common <= max(longest, box.width) and height + gap + box.height <= limit:
                sheets[at] = (common, height + gap + box.height)
                y = height + gap
                break
        else:
            at, y = len(sheets), 0
            sheets.append((box.width, box.height))
        placements.append(
            Placement(name=box.name, sheet=at, x=0, y=y, width=box.width, height=box.height)
        )
    return Layout(
        sizes=tuple(sheets), placements=tuple(sorted(placements, key=lambda one: one.name))
    )


def _pack_sheets(boxes: Sequence[Box], *, gap: int, max_width: int, max_height: int) -> Layout:
    sizes: list[tuple[int, int]] = []
    placements: list[Placement] = []
    left = list(boxes)
    while left:
        best: tuple[int, int, int, list[tuple[Box, int, int]]] | None = None
        for width in _candidate_widths(left, gap, max_width):
            placed = _pack_one(left, width=width, gap=gap, max_height=max_height)
            used_width = max(x + box.width for box, x, _ in placed)
            used_height = max(y + box.height for box, _, y in placed)
            area = used_width * used_height
            # all that fit first, then the smallest area, then the squarest
            rank = (-len(placed), area, abs(used_width - used_height))
            if best is None or rank < best[:3]:
                best = (*rank, placed)
        assert best is not None
        placed = best[3]
        for box, x, y in placed:
            placements.append(
                Placement(
                    name=box.name, sheet=len(sizes), x=x, y=y, width=box.width, height=box.height
                )
            )
        sizes.append(
            (max(x + box.width for box, x, _ in placed), max(y + b.height for b, _, y in placed))
        )
        done = {box.name for box, _, _ in placed}
        left = [box for box in left if box.name not in done]
    return Layout(
        sizes=tuple(sizes), placements=tuple(sorted(placements, key=lambda one: one.name))
    )


def _candidate_widths(boxes: Sequence[Box], gap: int, max_width: int) -> list[int]:
    """Return the sheet widths to try, without the last gap: near the square of the whole area."""
    widest = max(box.width for box in boxes)
    side = math.sqrt(sum((box.width + gap) * (box.height + gap) for box in boxes))
    common = boxes[len(boxes) // 2].width + gap
    aspects = _ASPECTS if len(boxes) <= _MANY else _ASPECTS[:3]
    found: set[int] = set()
    for aspect in aspects:
        wanted = side * aspect
        # a whole number of the median box: nothing is left at the right edge of a uniform set
        found.add(max(1, round(wanted / common)) * common - gap)
        found.add(math.ceil(wanted))
    if len({(box.width, box.height) for box in boxes}) == 1:
        found = _grid_widths(boxes, gap)
    limited = {min(max(width, widest), max_width) for width in found}
    return sorted(limited)


def _grid_widths(boxes: Sequence[Box], gap: int) -> set[int]:
    """Return the widths of the grids of equal boxes that leave the fewest cells empty."""
    count, step, tall = len(boxes), boxes[0].width + gap, boxes[0].height + gap
    side = math.sqrt(count * tall / step)
    first, last = max(1, int(side * 0.7)), max(1, math.ceil(side * 1.5))
    grids = [(math.ceil(count / columns) * columns, columns) for columns in range(first, last + 1)]
    least = min(cells for cells, _ in grids)
    return {columns * step - gap for cells, columns in grids if cells == least}


def _pack_one(
    boxes: Sequence[Box], *, width: int, gap: int, max_height: int
) -> list[tuple[Box, int, int]]:
    """Fill one sheet by the skyline rule: lowest place first, then the least space lost below.

    The skyline is a list of (x, y, run) that covers the width. What does not fit is left out.
    """
    total = width + gap  # the last gap of a row may hang over the edge
    limit = max_height + gap
    skyline: list[tuple[int, int, int]] = [(0, 0, total)]
    placed: list[tuple[Box, int, int]] = []
    failed: tuple[int, int] | None = None
    for box in boxes:
        wide, tall = box.width + gap, box.height + gap
        if failed is not None and wide >= failed[0] and tall >= failed[1]:
            continue  # no larger than one that found no place
        found = _find_place(skyline, wide, tall, total, limit)
        if found is None:
            failed = (wide, tall)
            continue
        index, x, y = found
        placed.append((box, x, y))
        _raise_skyline(skyline, index, x, y + tall, wide)
    return placed


def _find_place(
    skyline: Sequence[tuple[int, int, int]], wide: int, tall: int, total: int, limit: int
) -> tuple[int, int, int] | None:
    best: tuple[int, int, int, int] | None = None
    for index, (x, start_y, _) in enumerate(skyline):
        if x + wide > total:
            break
        if best is not None and start_y + tall > best[0]:
            continue
        y, lost, at, reach = 0, 0, index, x
        while reach < x + wide:
            _, level, run = skyline[at]
            if level > y:
                lost += (level - y) * (reach - x)
                y = level
            else:
                lost += (y - level) * min(run, x + wide - reach)
            reach += run
            at += 1
        if y + tall <= limit and (best is None or (y + tall, lost) < best[:2]):
            best = (y + tall, lost, index, x)
    if best is None:
        return None
    return best[2], best[3], best[0] - tall


def _raise_skyline(
    skyline: list[tuple[int, int, int]], index: int, x: int, top: int, wide: int
) -> None:
    end, at = x + wide, index
    replacement = [(x, top, wide)]
    while at < len(skyline) and skyline[at][0] < end:
        start, level, run = skyline[at]
        if start + run > end:
            replacement.append((end, level, start + run - end))
        at += 1
    skyline[index:at] = replacement
    # neighbours of one height become one run: fewer places to look at
    for at in (index + 1, index):
        if 0 < at < len(skyline) and skyline[at - 1][1] == skyline[at][1]:
            start, level, run = skyline[at - 1]
            skyline[at - 1 : at + 1] = [(start, level, run + skyline[at][2])]
