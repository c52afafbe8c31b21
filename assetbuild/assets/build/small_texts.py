"""The results of small texts of one project, all in one file beside its state.

In: planned sources that are smaller than a look into the cache is worth. Out: what the last build
made of them. Two thousand icons are read in one piece instead of being minified again. Only what
depends on its own bytes and settings alone is kept. Refuses to know: disks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assetbuild.assets.build.plan import PlannedSource
from assetbuild.assets.build.prepared import Prepared, from_cached, to_cached
from assetbuild.assets.cache import CachedResult
from assetbuild.digests import sha256_hex
from assetbuild.jsontype import Json

_FORMAT = 2
_WORTH_WRITING = 100  # a pack is written when one row in so many changed
_LARGEST_BYTES = 32_000_000  # of a pack; what does not fit is made again


class SmallTexts:
    """What the last build made of small texts, and what this one makes."""

    def __init__(self, data: bytes, common: str) -> None:
        """Read what dump() returned; what is damaged or of another ``common`` is as if empty.

        ``common`` is what every result depends on: versions and revisions.
        """
        self._common = common
        self._known = _parse(data, common)
        self._kept: dict[str, list[Json]] = {}
        self._changed = 0  # rows that are others than the last build's

    def find(self, one: PlannedSource, sha256: str) -> Prepared | None:
        """Return the result for a source of this digest, or None."""
        row = self._known.get(one.output)
        if row is None or row[0] != _describe(one, sha256):
            return None
        self._kept[one.output] = row
        meta, content = row[1], row[2]
        blobs = {"content": str(content).encode()}
        if row[3] is not None:
            blobs["map"] = str(row[3]).encode()
        cached = CachedResult(deps=(), meta=meta, blobs=blobs)
        return from_cached(one.output, cached)

    def keep(self, one: PlannedSource, sha256: str, prepared: Prepared) -> None:
        """Remember a result, unless it depends on more than its source, or is no text."""
        if prepared.deps:
            return
        whole = prepared.source_map
        try:
            content = prepared.content.decode("utf-8")
            source_map = None if whole is None else whole.decode("utf-8")
        except UnicodeDecodeError:
            return
        self._changed += 1
        meta = to_cached(prepared).meta
        self._kept[one.output] = [_describe(one, sha256), meta, content, source_map]

    def dump(self) -> bytes | None:
        """Return the bytes to keep for the next build; None: those of the last build still do."""
        gone = len(self._known.keys() - self._kept.keys())
        if (self._changed + gone) * _WORTH_WRITING <= len(self._known):
            return None  # making these few again is quicker than writing all
        rows: dict[str, list[Json]] = {}
        total = 0
        for name, row in self._kept.items():
            total += len(str(row[2])) + len(str(row[3] or ""))
            if total > _LARGEST_BYTES:
                break
            rows[name] = row
        body = json.dumps([_FORMAT, self._common, rows], separators=(",", ":")).encode()
        return f"{sha256_hex(body)}\n".encode() + body


def _describe(one: PlannedSource, sha256: str) -> list[Json]:
    settings = one.settings
    return [
        sha256,
        one.found.display,
        one.language.name,
        one.language.revision,
        settings.minify,
        settings.source_maps,
        {**settings.options},
    ]


def _parse(data: bytes, common: str) -> Mapping[str, list[Json]]:
    digest, _, body = data.partition(b"\n")
    if digest.decode("ascii", "replace") != sha256_hex(body):
        return {}
    document: Any = json.loads(body)
    if document[:2] != [_FORMAT, common]:
        return {}
    rows: Mapping[str, list[Json]] = document[2]
    return rows
