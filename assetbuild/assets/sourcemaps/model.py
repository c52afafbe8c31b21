"""A source map, revision 3 (ECMA-426): its JSON to values and back.

In: the bytes of a map, index maps with sections too. Out: a SourceMap; canonical bytes.
Refuses to know: the generated text, where sources lie. A map of which only places are looked up is
smaller as packed.py holds it.
"""

from __future__ import annotations

import contextlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assetbuild.assets.sourcemaps.vlq import Segment, decode_mappings, encode_mappings
from assetbuild.jsontype import parse_json

_MAX_LINE = 300_000  # of a section: each line before it takes memory, whatever the text's length
_MAX_COLUMN = 2**31 - 1  # what engines count to


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMap:
    """Which place of which source each place of a generated text came from."""

    sources: tuple[str, ...]  # URLs or paths, sourceRoot applied; "" where the map has null
    contents: tuple[str | None, ...]  # text of each source, where the map has it
    names: tuple[str, ...]  # original names
    lines: Sequence[Sequence[Segment]]  # segments of each generated line
    file: str | None = None  # the generated file's URL, relative to the map
    # sources that stand in the generated text as they are, from each segment to the next, so that
    # places between two segments are known too; no JSON keeps it
    verbatim: frozenset[str] = frozenset()

    def find(self, line: int, column: int) -> Segment | None:
        """Return the last segment at or before a place of the generated text, on its line."""
        if line >= len(self.lines):
            return None
        segments = self.lines[line]
        at = bisect_right(segments, (column, float("inf")))
        return segments[at - 1] if at else None

    def between(self, line: int, column: int, end: float) -> Iterator[Segment]:
        """Yield the segments of a line that lie after a column and before ``end``."""
        if line < len(self.lines):
            segments = self.lines[line]
            at = bisect_left(segments, (column + 1,))
            while at < len(segments) and segments[at][0] < end:
                yield segments[at]
                at += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSources:
    """What a map says of its sources."""

    sources: tuple[str, ...]  # as SourceMap
    contents: tuple[str | None, ...]  # as SourceMap
    names: tuple[str, ...]  # as SourceMap


def parse_source_map(data: bytes | str) -> SourceMap:
    """Read a map; sections are flattened.

    Errors: ValueError that says what is wrong (not JSON, another revision, bad mappings).
    """
    document = read_document(data)
    with refuse_oddities():
        return parse_document(document)


@contextlib.contextmanager
def refuse_oddities() -> Iterator[None]:
    """Turn what reading a map of another shape raises into a ValueError that says so."""
    try:
        yield
    except KeyError as failure:
        raise ValueError(f"it has no {failure}") from failure
    except (TypeError, AttributeError, IndexError, OverflowError) as failure:
        raise ValueError(f"{type(failure).__name__}: {failure}") from failure


def read_document(data: bytes | str) -> dict[str, Any]:
    """Return the JSON object that a map is. Errors: ValueError."""
    text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    # ECMA-426 section 11: a first line may guard against inclusion as a script
    if text.startswith((")]}'", ")]}\n")):
        text = text.partition("\n")[2]
    try:
        document = parse_json(text)
    except ValueError as failure:
        raise ValueError(f"it is not JSON ({failure})") from failure
    if not isinstance(document, dict):
        raise ValueError("a source map is a JSON object")
    return document


def parse_document(document: dict[str, Any]) -> SourceMap:
    """Return the map that a JSON object is. Errors: ValueError, and what refuse_oddities turns into one."""
    check_version(document)
    if "sections" in document:
        return _flatten(document)
    told = read_sources(document)
    lines = decode_mappings(document["mappings"])
    check_indices(
        told,
        source=max((one[1] for segments in lines for one in segments if len(one) > 1), default=-1),
        name=max((one[4] for segments in lines for one in segments if len(one) > 4), default=-1),
    )
    return SourceMap(
        sources=told.sources,
        contents=told.contents,
        names=told.names,
        lines=lines,
        file=document.get("file"),
    )


def check_version(document: dict[str, Any]) -> None:
    """Errors: ValueError for another revision than 3."""
    if document.get("version") not in {3, "3"}:
        raise ValueError(f"version {document.get('version')!r} is not 3")


def read_sources(document: dict[str, Any]) -> MapSources:
    """Return the sources of a map without sections. Errors: ValueError, KeyError, TypeError."""
    root = document.get("sourceRoot") or ""
    if root and not root.endswith("/"):
        root += "/"
    sources = tuple(root + one if one else "" for one in document["sources"])
    given = document.get("sourcesContent") or []
    contents = tuple(given[at] if at < len(given) else None for at in range(len(sources)))
    if not all(one is None or isinstance(one, str) for one in contents):
        raise ValueError("sourcesContent holds what is no text")
    names = tuple(str(one) for one in document.get("names", ()))
    return MapSources(sources=sources, contents=contents, names=names)


def check_indices(told: MapSources, *, source: int, name: int) -> None:
    """Hold the highest source and name that mappings use against what the map has.

    Errors: ValueError.
    """
    if source >= len(told.sources):
        raise ValueError(f"a mapping names source {source} of {len(told.sources)}")
    if name >= len(told.names):
        raise ValueError(f"a mapping names name {name} of {len(told.names)}")


def _flatten(document: dict[str, Any]) -> SourceMap:
    builder = MapBuilder()
    for section in document["sections"]:
        line, column = section["offset"]["line"], section["offset"]["column"]
        are_numbers = isinstance(line, int) and isinstance(column, int)
        if not (are_numbers and 0 <= line <= _MAX_LINE and 0 <= column <= _MAX_COLUMN):
            raise ValueError(f"a section begins at line {line}, column {column}")
        if "url" in section:
            raise ValueError("a section names a map in another file")
        builder.add(parse_document(section["map"]), line=line, column=column)
    return replace(builder.build(), file=document.get("file"))


def emit_source_map(source_map: SourceMap) -> bytes:
    """Return the canonical bytes: one line, UTF-8, ``file`` first where there is one."""
    document: dict[str, object] = {"version": 3}
    if source_map.file is not None:
        document["file"] = source_map.file
    document["sources"] = [one or None for one in source_map.sources]
    if any(one is not None for one in source_map.contents):
        document["sourcesContent"] = list(source_map.contents)
    document["names"] = list(source_map.names)
    document["mappings"] = encode_mappings(source_map.lines)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8",
        "replace",  # a lone surrogate in sourcesContent is no UTF-8
    )


class MapBuilder:
    """Collect segments of several maps into one, each source and name once."""

    def __init__(self) -> None:
        self._sources: dict[str, int] = {}
        self._contents: list[str | None] = []
        self._names: dict[str, int] = {}
        self._lines: list[list[Segment]] = []
        self._verbatim: dict[str, bool] = {}  # of the sources of added maps

    def source(self, name: str, content: str | None) -> int:
        """Return the index of a source; the first content given is kept."""
        index = self._sources.setdefault(name, len(self._sources))
        if index == len(self._contents):
            self._contents.append(content)
        elif self._contents[index] is None:
            self._contents[index] = content
        return index

    def name(self, text: str) -> int:
        """Return the index of a name."""
        return self._names.setdefault(text, len(self._names))

    def line(self, index: int) -> list[Segment]:
        """Return the segments of a generated line, to append to."""
        while len(self._lines) <= index:
            self._lines.append([])
        return self._lines[index]

    def add(self, other: SourceMap, *, line: int, column: int = 0) -> None:
        """Add all of another map, whose text stands at a place of the generated text."""
        sources = [
            self.source(name, content)
            for name, content in zip(other.sources, other.contents, strict=True)
        ]
        for one in other.sources:
            # one that is both compiled and copied is not known between two segments
            is_verbatim = one in other.verbatim
            self._verbatim[one] = self._verbatim.get(one, is_verbatim) and is_verbatim
        names = [self.name(one) for one in other.names]
        for offset, segments in enumerate(other.lines):
            target = self.line(line + offset)
            shift = column if offset == 0 else 0
            # what an earlier section claims beyond the start of this one is void
            while shift and target and target[-1][0] >= shift:
                target.pop()
            for segment in segments:
                if len(segment) == 1:
                    target.append((segment[0] + shift,))
                elif len(segment) == 4:
                    target.append((segment[0] + shift, sources[segment[1]], *segment[2:4]))
                else:
                    target.append(
                        (
                            segment[0] + shift,
                            sources[segment[1]],
                            segment[2],
                            segment[3],
                            names[segment[4]],
                        )
                    )

    def build(self) -> SourceMap:
        """Return what was collected."""
        return SourceMap(
            sources=tuple(self._sources),
            contents=tuple(self._contents),
            names=tuple(self._names),
            lines=self._lines,
            verbatim=frozenset(name for name, is_so in self._verbatim.items() if is_so),
        )
