"""Follow source maps: look a place up, and chain maps of successive steps into one.

In: maps. Out: places, a map. Refuses to know: the texts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from assetbuild.assets.sourcemaps.model import MapBuilder, SourceMap
from assetbuild.assets.sourcemaps.vlq import Segment


class Place(NamedTuple):
    """A place in a source."""

    source: str  # its name in the map
    line: int  # 0-based
    column: int  # 0-based, UTF-16 code units
    name: str | None  # the original name, where the map has one


def find_segment(lines: Sequence[Sequence[Segment]], line: int, column: int) -> Segment | None:
    """Return the last segment at or before a place of the generated text, on its line."""
    if line >= len(lines):
        return None
    segments = lines[line]
    at = bisect_right(segments, (column, float("inf")))
    return segments[at - 1] if at else None


def look_up(source_map: SourceMap, line: int, column: int) -> Place | None:
    """Return where a place of the generated text came from (0-based), or None."""
    segment = find_segment(source_map.lines, line, column)
    if segment is None or len(segment) == 1:
        return None
    name = source_map.names[segment[4]] if len(segment) > 4 else None
    return Place(source_map.sources[segment[1]], segment[2], segment[3], name)


def compose_maps(outer: SourceMap, inner: Mapping[str, SourceMap]) -> SourceMap:
    """Return the map of the last text to the first sources.

    ``outer`` leads from the last text to intermediate ones; ``inner`` holds their maps by the name
    that ``outer`` gives them. A place that an inner map doesn't know is mapped to nothing; a
    source without an inner map stays.
    """
    builder = MapBuilder()
    inners = [inner.get(name) for name in outer.sources]
    # the sources of an inner map get their place in the result when they are first used
    kept: dict[int, int] = {}
    moved: list[dict[int, int]] = [{} for _ in outer.sources]
    for index, segments in enumerate(outer.lines):
        target = builder.line(index)
        for segment in segments:
            if len(segment) == 1:
                _append_end(target, segment[0])
                continue
            generated, source, line, column = segment[:4]
            name = outer.names[segment[4]] if len(segment) > 4 else None
            before = inners[source]
            if before is None:
                at = kept.get(source)
                if at is None:
                    at = builder.source(outer.sources[source], outer.contents[source])
                    kept[source] = at
            else:
                found = find_segment(before.lines, line, column)
                if found is None or len(found) == 1:
                    _append_end(target, generated)
                    continue
                origin, line, column = found[1:4]
                if len(found) > 4:
                    name = before.names[found[4]]
                places = moved[source]
                at = places.get(origin)
                if at is None:
                    at = builder.source(before.sources[origin], before.contents[origin])
                    places[origin] = at
            if target and len(target[-1]) > 1 and target[-1][1:] == (at, line, column):
                continue  # several tokens of one origin need one segment
            if name is None:
                target.append((generated, at, line, column))
            else:
                target.append((generated, at, line, column, builder.name(name)))
    return builder.build()


def _append_end(target: list[Segment], column: int) -> None:
    if target and len(target[-1]) > 1:
        target.append((column,))
