"""Follow source maps: look a place up, and chain maps of successive steps into one.

In: maps. Out: places, a map. Refuses to know: the texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from assetbuild.assets.sourcemaps.model import MapBuilder, SourceMap
from assetbuild.assets.sourcemaps.packed import PackedMap
from assetbuild.assets.sourcemaps.vlq import Segment

Traced: TypeAlias = "SourceMap | PackedMap"
"""A map in which places are looked up."""


class Place(NamedTuple):
    """A place in a source."""

    source: str  # its name in the map
    line: int  # 0-based
    column: int  # 0-based, UTF-16 code units
    name: str | None  # the original name, where the map has one


def look_up(source_map: SourceMap, line: int, column: int) -> Place | None:
    """Return where a place of the generated text came from (0-based), or None."""
    segment = source_map.find(line, column)
    if segment is None or len(segment) == 1:
        return None
    name = source_map.names[segment[4]] if len(segment) > 4 else None
    source = source_map.sources[segment[1]]
    beyond = column - segment[0] if source in source_map.verbatim else 0
    return Place(source, segment[2], segment[3] + beyond, name)


def compose_maps(outer: SourceMap, inner: Mapping[str, Traced]) -> SourceMap:
    """Return the map of the last text to the first sources.

    ``outer`` leads from the last text to intermediate ones; ``inner`` holds their maps by the name
    that ``outer`` gives them. A place that an inner map doesn't know is mapped to nothing; a
    source without an inner map stays. Where an intermediate text stands verbatim in the last one,
    all segments of its map do; where a source stands verbatim in an intermediate text, columns
    are exact.
    """
    return _Composition(outer, inner).run()


class _Composition:
    def __init__(self, outer: SourceMap, inner: Mapping[str, Traced]) -> None:
        self._outer = outer
        self._builder = MapBuilder()
        self._inners = [inner.get(name) for name in outer.sources]
        # sources get their place in the result when they are first used
        self._kept: dict[int, int] = {}
        self._moved: list[dict[int, int]] = [{} for _ in outer.sources]
        self._verbatim = [name in outer.verbatim for name in outer.sources]

    def run(self) -> SourceMap:
        outer, builder = self._outer, self._builder
        for index, segments in enumerate(outer.lines):
            target = builder.line(index)
            for position, segment in enumerate(segments):
                if len(segment) == 1:
                    _append_end(target, segment[0])
                    continue
                generated, source, line, column = segment[:4]
                name = outer.names[segment[4]] if len(segment) > 4 else None
                before = self._inners[source]
                if before is None:
                    self._append(target, generated, self._keep(source), line, column, name)
                    continue
                self._follow(target, source, generated, before.find(line, column), column, name)
                if self._verbatim[source]:
                    following = position + 1
                    end = float("inf")
                    if following < len(segments):
                        end = column + segments[following][0] - generated
                    for found in before.between(line, column, end):
                        place = generated + found[0] - column
                        self._follow(target, source, place, found, found[0], None)
        return builder.build()

    def _keep(self, source: int) -> int:
        at = self._kept.get(source)
        if at is None:
            outer = self._outer
            at = self._builder.source(outer.sources[source], outer.contents[source])
            self._kept[source] = at
        return at

    def _follow(
        self,
        target: list[Segment],
        source: int,
        generated: int,
        found: Segment | None,
        column: int,
        name: str | None,
    ) -> None:
        """Append what a segment of the inner map says of a column of an intermediate text."""
        if found is None or len(found) == 1:
            _append_end(target, generated)
            return
        before = self._inners[source]
        assert before is not None
        origin, origin_line, origin_column = found[1:4]
        if len(found) > 4:
            name = before.names[found[4]]
        places = self._moved[source]
        at = places.get(origin)
        if at is None:
            at = self._builder.source(before.sources[origin], before.contents[origin])
            places[origin] = at
        if before.verbatim and before.sources[origin] in before.verbatim:
            origin_column += column - found[0]
        self._append(target, generated, at, origin_line, origin_column, name)

    def _append(
        self,
        target: list[Segment],
        generated: int,
        source: int,
        line: int,
        column: int,
        name: str | None,
    ) -> None:
        if target and len(target[-1]) > 1 and target[-1][1:] == (source, line, column):
            return  # several tokens of one origin need one segment
        if name is None:
            target.append((generated, source, line, column))
        else:
            target.append((generated, source, line, column, self._builder.name(name)))


def _append_end(target: list[Segment], column: int) -> None:
    if target and len(target[-1]) > 1:
        target.append((column,))
