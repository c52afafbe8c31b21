"""A line-by-line source map for a text that no compiler gave one.

In: a text that stands unchanged in the output. Out: a map of each line to itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from assetbuild.assets.sourcemaps.model import SourceMap
from assetbuild.assets.sourcemaps.utf16 import Places
from assetbuild.assets.sourcemaps.vlq import Segment


def identity_map(text: str, source: str, cuts: Iterable[int] = ()) -> SourceMap:
    """Return the map that leads each line of ``text`` to the same line of ``source``.

    ``cuts`` are offsets, rising, at which a segment begins too: where text after an edit goes on.
    """
    count = text.count("\n") + 1
    lines: list[list[Segment]] = [[(0, 0, line, 0)] for line in range(count)]
    places = Places(text)
    for cut in cuts:
        line, column = places.find(cut)
        if column > lines[line][-1][0]:
            lines[line].append((column, 0, line, column))
    return SourceMap(
        sources=(source,),
        contents=(text,),
        names=(),
        lines=lines,
        verbatim=frozenset((source,)),
    )
