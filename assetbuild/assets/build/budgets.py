"""Hold the outputs of a build against [budget], before anything is written.

In: entries and where their bytes are. Out: nothing, or every excess with its biggest parts.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence

from assetbuild.assets.budget import Contributor, check_budgets, parse_budgets
from assetbuild.assets.build.prepared import Prepared
from assetbuild.assets.model import ManifestEntry
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.paths import LogicalPath


def hold_budgets(
    table: Mapping[str, str],
    entries: Sequence[ManifestEntry],
    *,
    read: Callable[[LogicalPath], bytes],
    prepared: Mapping[LogicalPath, Prepared],
) -> None:
    """Raise for every output over its budget. ``read`` gives the final bytes of an output.

    Errors: ``budget/over``, ``budget/matches-nothing``, ``budget/not-a-size``,
    ``budget/no-compressor``.
    """
    budgets = parse_budgets(table)
    if not budgets:
        return

    def size_as(entry: ManifestEntry, coding: str) -> int:
        return len(_compress(read(entry.logical), coding))

    def contributors(logical: LogicalPath) -> Sequence[Contributor]:
        one = prepared.get(logical)
        return () if one is None else _list_parts(one)

    found = check_budgets(budgets, entries, size_as=size_as, contributors=contributors)
    if found:
        raise AssetbuildError(*found)


def _list_parts(one: Prepared) -> list[Contributor]:
    """Return the sources that the map names; without a map there is only one source."""
    if one.source_map is None:
        return []
    document = json.loads(one.source_map)
    contents = document.get("sourcesContent") or []
    return [
        Contributor(name=name, size=len(text.encode("utf-8", "replace")))
        for name, text in zip(document["sources"], contents, strict=False)
        if name and text
    ]


def _compress(data: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(data, 9, mtime=0)
    try:
        if coding == "br":
            import brotli  # an extra: only those with such a budget need it

            return bytes(brotli.compress(data, quality=11))
        import zstandard  # an extra, as above

        return zstandard.ZstdCompressor(level=19).compress(data)
    except ImportError as failure:
        raise AssetbuildError(
            error(
                "budget/no-compressor",
                f'a budget counts "{coding}" bytes, and nothing here compresses so',
                hint=f"pip install {'brotli' if coding == 'br' else 'zstandard'}",
            )
        ) from failure
