"""What a build remembers of its sources and outputs beside the manifest and the records.

In: what a build found. Out: JSON beside the state, and back. It is what a build of few changed
files takes over instead of finding it out again (scope.py). Refuses to know: disks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from assetbuild.assets.diagnostic_rows import pack_diagnostic, unpack_diagnostic
from assetbuild.diagnostics import Diagnostic
from assetbuild.jsontype import Json, parse_json
from assetbuild.paths import LogicalPath

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What a build found of its sources and outputs. Files are project-relative."""

    barred: str  # why every build must look at all outputs; "" where none must
    imported: Mapping[LogicalPath, str]  # output -> file, of what only imports and bundles use
    others: tuple[str, ...]  # sources that become nothing by themselves: partials; sorted
    aliases: Mapping[LogicalPath, LogicalPath]  # source -> output, where they have other names
    imports: Mapping[LogicalPath, tuple[str, ...]]  # source -> files it imports
    maps: tuple[LogicalPath, ...]  # outputs that are source maps of ours, sorted
    brought_maps: Mapping[LogicalPath, LogicalPath]  # map that lay beside a source -> its owner
    has_generated: bool  # there is a root of generated sources
    told: Mapping[LogicalPath, Json]  # output -> its warnings, as rows
    general: Json  # warnings of no one output, as rows

    def diagnostics(self, leave_out: Iterable[LogicalPath]) -> list[Diagnostic]:
        """Return the warnings, without those of some outputs."""
        rows: list[Any] = [*_list(self.general)]
        gone = set(leave_out)
        for name, some in self.told.items():
            if name not in gone:
                rows += _list(some)
        return [unpack_diagnostic(row) for row in rows]

    def with_outputs(
        self,
        outputs: Iterable[LogicalPath],
        told: Mapping[LogicalPath, Iterable[Diagnostic]],
        imports: Mapping[LogicalPath, tuple[str, ...]],
        brought_maps: Mapping[LogicalPath, LogicalPath],
    ) -> Remembered:
        """Return it with what is known of some outputs, and some sources' imports, made new."""
        gone = set(outputs)
        kept = {name: some for name, some in self.told.items() if name not in gone}
        maps = {name: one for name, one in self.brought_maps.items() if name not in gone}
        return replace(
            self,
            told=dict(sorted({**kept, **pack_told(told)}.items())),
            imports={**self.imports, **imports},
            brought_maps=dict(sorted({**maps, **brought_maps}.items())),
        )


def pack_told(told: Mapping[LogicalPath, Iterable[Diagnostic]]) -> dict[LogicalPath, Json]:
    """Return warnings by output as rows; outputs without any are left out."""
    rows: dict[LogicalPath, Json] = {}
    for name, some in sorted(told.items()):
        packed: list[Json] = [pack_diagnostic(one) for one in some]
        if packed:
            rows[name] = packed
    return rows


def dump_remembered(one: Remembered) -> bytes:
    """Return the bytes to keep."""
    values = {field.name: getattr(one, field.name) for field in fields(one)}
    return json.dumps({"format": _FORMAT, **values}, separators=(",", ":")).encode()


def parse_remembered(data: bytes) -> Remembered | None:
    """Read what dump_remembered wrote; None where it cannot be read."""
    try:
        document: Any = parse_json(data)
        if document.pop("format") != _FORMAT:
            return None
        for name in ("others", "maps"):
            document[name] = tuple(document[name])
        document["imports"] = {name: tuple(some) for name, some in document["imports"].items()}
        return Remembered(**document)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _list(rows: Json) -> list[Json]:
    return rows if isinstance(rows, list) else []
