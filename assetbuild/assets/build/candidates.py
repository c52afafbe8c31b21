"""The files of a build that rules ask to inline, with their final bytes.

In: outputs, settings. Out: candidates by logical path. Bytes are read only when one is inlined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from assetbuild.assets.build.inline import Candidate
from assetbuild.assets.build.inputs import BuildInputs
from assetbuild.assets.build.pictures import PictureContent
from assetbuild.assets.build.plan import PlannedSource
from assetbuild.assets.build.prepared import Prepared
from assetbuild.assets.build.settings import SettingsTable
from assetbuild.assets.naming import Node
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath

_SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateSources:
    """Where limits and bytes come from."""

    table: SettingsTable
    made: Mapping[LogicalPath, PictureContent]  # bytes made of pictures
    inputs: BuildInputs


def find_candidates(
    prepared: Mapping[LogicalPath, Prepared],
    leaves: Mapping[LogicalPath, PlannedSource],
    nodes: Mapping[LogicalPath, Node],
    sources: CandidateSources,
) -> dict[LogicalPath, Candidate]:
    """Return the files that a rule with ``inline`` meets: all but texts other than SVG."""
    found: dict[LogicalPath, Candidate] = {}

    def add(name: LogicalPath, size: int, read: Callable[[], bytes], *, is_final: bool) -> None:
        limit = sources.table.for_path(name, "").inline_bytes
        if limit:
            found[name] = Candidate(
                limit=limit,
                size=size,
                media_type=guess_media_type(name),
                is_final=is_final,
                read=read,
            )

    for name, one in prepared.items():
        if one.media_type == _SVG:
            add(name, len(one.content), partial(_same, one.content), is_final=not nodes[name].links)
    for name, planned in leaves.items():
        made = sources.made.get(name)
        if made is not None:
            add(name, made.size, made.read, is_final=True)
        else:
            file = planned.found
            read = partial(sources.inputs.read, file.file.path, file.display)
            add(name, file.file.size, read, is_final=True)
    for name, made in sources.made.items():
        if name not in leaves:
            add(name, made.size, made.read, is_final=True)
    return found


def _same(data: bytes) -> bytes:
    return data
