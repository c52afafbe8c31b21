"""A source map of which only places are looked up: numbers in arrays, a tenth of a SourceMap's memory.

In: the bytes of a map. Out: a PackedMap. Refuses to know: texts, where sources lie.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from assetbuild.assets.sourcemaps.model import (
    MapSources,
    check_indices,
    check_version,
    parse_document,
    read_document,
    read_sources,
    refuse_oddities,
)
from assetbuild.assets.sourcemaps.vlq import Segment, is_rising, iterate_mappings

_NONE = -1  # where a segment has no source, or no name


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedMap:
    """A SourceMap whose segments lie one after the other."""

    sources: tuple[str, ...]  # as SourceMap
    contents: tuple[str | None, ...]  # as SourceMap
    names: tuple[str, ...]  # as SourceMap
    verbatim: frozenset[str] = frozenset()  # as SourceMap; a third party's map tells of none
    starts: array[int] = field(
        default_factory=lambda: array("i")
    )  # of each line; one more at the end
    columns: array[int] = field(default_factory=lambda: array("i"))  # generated, of each segment
    # source, line, column, name of each segment, in this order; _NONE where it has none
    origins: array[int] = field(default_factory=lambda: array("i"))

    def find(self, line: int, column: int) -> Segment | None:
        """As SourceMap.find."""
        if line + 1 >= len(self.starts):
            return None
        first = self.starts[line]
        at = bisect_right(self.columns, column, first, self.starts[line + 1]) - 1
        return self._segment(at) if at >= first else None

    def between(self, line: int, column: int, end: float) -> Iterator[Segment]:
        """As SourceMap.between."""
        if line + 1 >= len(self.starts):
            return
        stop = self.starts[line + 1]
        at = bisect_left(self.columns, column + 1, self.starts[line], stop)
        while at < stop and self.columns[at] < end:
            yield self._segment(at)
            at += 1

    def _segment(self, at: int) -> Segment:
        source, line, column, name = self.origins[4 * at : 4 * at + 4]
        if source == _NONE:
            return (self.columns[at],)
        if name == _NONE:
            return (self.columns[at], source, line, column)
        return (self.columns[at], source, line, column, name)


def pack_source_map(data: bytes) -> PackedMap:
    """Read a map; sections are flattened. Errors: as parse_source_map."""
    document = read_document(data)
    with refuse_oddities():
        check_version(document)
        if "sections" in document:
            whole = parse_document(document)
            told = MapSources(sources=whole.sources, contents=whole.contents, names=whole.names)
            return _pack(told, ((line, [*one]) for line, one in enumerate(whole.lines)))
        return _pack(read_sources(document), iterate_mappings(document["mappings"]))


def _pack(told: MapSources, pieces: Iterable[tuple[int, list[Segment]]]) -> PackedMap:
    packed = PackedMap(sources=told.sources, contents=told.contents, names=told.names)
    starts, columns, origins = packed.starts, packed.columns, packed.origins
    for line, segments in pieces:
        if line == len(starts):
            starts.append(len(columns))
        if not segments:
            continue
        first = starts[line]
        rising: Iterable[Segment] = segments
        is_after = len(columns) == first or columns[-1] <= segments[0][0]
        if not is_after or (len(segments) > 1 and not is_rising(segments)):
            # some tools write the segments of a line in any order
            rising = sorted((*map(packed._segment, range(first, len(columns))), *segments))
            del columns[first:], origins[4 * first :]
        for segment in rising:
            size = len(segment)
            columns.append(segment[0])
            if size == 4:
                origins.extend(segment[1:])
                origins.append(_NONE)
            else:
                origins.extend(segment[1:] if size == 5 else (_NONE, 0, 0, _NONE))
    check_indices(
        told,
        source=max(origins[0::4], default=_NONE),
        name=max(origins[3::4], default=_NONE),
    )
    starts.append(len(columns))
    return packed
