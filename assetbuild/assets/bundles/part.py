"""What a bundle is made of, and how the pieces are put one below the other with their maps.

In: texts with maps. Out: one text with one map. Refuses to know: languages.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from assetbuild.assets.references import find_references, rewrite_references
from assetbuild.assets.sourcemaps.lines import identity_map
from assetbuild.assets.sourcemaps.model import MapBuilder, SourceMap
from assetbuild.assets.sourcemaps.shift import shift_mappings
from assetbuild.assets.sourcemaps.vlq import decode_mappings, encode_mappings
from assetbuild.assets.syntax.reference import Edit, Reference, apply_edits
from assetbuild.assets.urls import ASSET_SCHEME, is_bare_specifier, is_local, split_suffix
from assetbuild.paths import LogicalPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One output that goes into a bundle."""

    logical: LogicalPath  # where its relative URLs start
    text: str  # compiled
    source: str  # name of its source in the map, when it has no map of its own
    source_map: SourceMap | None = None  # of the text; None: it is a source itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A bundle's text."""

    text: str  # UTF-8 text with \n at its end, or empty
    source_map: SourceMap | None  # None: not asked for
    parts: tuple[LogicalPath, ...]  # outputs that are inside, in order of first use


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines of a bundle."""

    text: str  # ends with a newline
    source_map: SourceMap | None  # None: nothing in it comes from a source


def stack_chunks(
    chunks: Iterable[Chunk], parts: tuple[LogicalPath, ...], *, wants_map: bool
) -> Joined:
    """Put chunks one below the other."""
    builder = MapBuilder()
    pieces: list[str] = []
    line = 0
    for chunk in chunks:
        pieces.append(chunk.text)
        if wants_map and chunk.source_map is not None:
            builder.add(chunk.source_map, line=line)
        line += chunk.text.count("\n")
    return Joined(
        text="".join(pieces), source_map=builder.build() if wants_map else None, parts=parts
    )


def edit_chunk(part: Part, edits: list[Edit], *, wants_map: bool) -> Chunk:
    """Return a part's text after some edits (sorted, not overlapping), and its map with them."""
    text = part.text
    new = apply_edits(text, edits)
    if new and not new.endswith("\n"):
        new += "\n"
    if not wants_map:
        return Chunk(new, None)
    source_map = part.source_map or identity_map(text, part.source, (one.end for one in edits))
    if edits:
        mappings = shift_mappings(encode_mappings(source_map.lines), text, edits)
        source_map = replace(source_map, lines=decode_mappings(mappings))
    return Chunk(new, source_map)


def rebase_edits(
    part: Part, media_type: str, folder: str, *, skip: Callable[[Reference], bool]
) -> list[Edit]:
    """Return the edits that make a part's relative URLs right in another logical folder."""
    old_folder = posixpath.dirname(part.logical)
    if old_folder == folder:
        return []
    replacements = [
        (one, rebase_url(one.url, old_folder, folder))
        for one in find_references(part.text, media_type)
        if not skip(one) and one.kind != "source-map" and _is_relative(one)
    ]
    _, edits = rewrite_references(part.text, replacements)
    return list(edits)


def rebase_url(url: str, old_folder: str, folder: str) -> str:
    """Return the URL that means from ``folder`` what ``url`` means from ``old_folder``."""
    if not _is_relative_url(url):
        return url
    path, suffix = split_suffix(url.strip())
    # "/" in front keeps what leads out of the roots leading out of them
    absolute = posixpath.join("/", old_folder, path)
    moved = posixpath.relpath(absolute, posixpath.join("/", folder))
    if path.startswith("./") and not moved.startswith("."):
        moved = f"./{moved}"
    return moved + suffix


def _is_relative(one: Reference) -> bool:
    if one.kind in {"module", "dynamic-import"} and is_bare_specifier(one.url):
        return False
    return _is_relative_url(one.url)


def _is_relative_url(url: str) -> bool:
    return is_local(url) and not url.strip().startswith(("/", ASSET_SCHEME))
