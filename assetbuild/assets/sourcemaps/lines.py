"""A line-by-line source map for a text that no compiler gave one.

In: a text that stands unchanged in the output. Out: a map of each line to itself.
"""

from __future__ import annotations

from assetbuild.assets.sourcemaps.model import SourceMap


def identity_map(text: str, source: str) -> SourceMap:
    """Return the map that leads each line of ``text`` to the same line of ``source``."""
    count = text.count("\n") + 1
    return SourceMap(
        sources=(source,),
        contents=(text,),
        names=(),
        lines=[[(0, 0, line, 0)] for line in range(count)],
    )
