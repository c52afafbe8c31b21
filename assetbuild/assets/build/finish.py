"""From a compiled artifact to one that is ready to be named: minified, its references found.

In: an artifact and what is wanted of it. Out: a Prepared. Pure; runs in workers.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assetbuild.assets.build.prepared import FoundReference, Prepared
from assetbuild.assets.languages.texts import line_at
from assetbuild.assets.minify.js import ScriptRefused
from assetbuild.assets.minify.refused import tell_left, tell_script_error, tell_style_errors
from assetbuild.assets.minify.text import Minified, can_minify, minify_text
from assetbuild.assets.model import Artifact, OriginMap
from assetbuild.assets.references import find_references, has_references
from assetbuild.assets.sourcemaps.compose import compose_maps, look_up
from assetbuild.assets.sourcemaps.model import SourceMap, emit_source_map, parse_source_map
from assetbuild.assets.sourcemaps.origins import chain_origins, open_origin
from assetbuild.assets.sourcemaps.packed import PackedMap
from assetbuild.assets.sourcemaps.utf16 import find_line_starts
from assetbuild.assets.syntax.reference import Reference
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    locate_offset,
    warning,
)

REVISION = 3  # raised when the same artifact is finished to other bytes

# media types whose maps browsers read, and how the comment that names the map is written
_MAP_COMMENTS = {
    "text/css": "/*# sourceMappingURL={} */\n",
    "text/javascript": "//# sourceMappingURL={}\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishOptions:
    """What is wanted of an artifact."""

    minify: bool  # make it smaller
    source_maps: bool  # keep its source map


def wants_finish(media_type: str, name: str, options: FinishOptions) -> bool:
    """Tell whether finishing can change or learn anything, so that the file must be read."""
    return has_references(media_type) or (options.minify and can_minify(media_type, name))


def wants_origins(artifact: Artifact, options: FinishOptions) -> bool:
    """Tell whether a map will be published that leads to the sources of the artifact."""
    if not options.source_maps or artifact.media_type not in _MAP_COMMENTS:
        return False
    return artifact.source_map is not None or (
        options.minify and can_minify(artifact.media_type, artifact.logical)
    )


def finish_artifact(artifact: Artifact, display: str, options: FinishOptions) -> Prepared:
    """Return the artifact minified, with its references and where the user wrote them.

    ``display`` is the source that messages and source maps name where the artifact brings no
    source map of its own. Errors: ``js/syntax``, ``css/syntax``.
    """
    try:
        text = artifact.content.decode("utf-8")
    except UnicodeDecodeError:
        # a file that is copied as it is may be anything
        return _prepared(artifact, artifact.content, None, (), ())
    before = find_references(text, artifact.media_type)
    locate = _make_locator(text, artifact, display)
    final, source_map, found = _shorten(text, artifact, display, options)
    after = before if final is text else find_references(final, artifact.media_type)
    if artifact.media_type not in _MAP_COMMENTS or not options.source_maps:
        source_map = None
    if source_map is not None:
        final, after = _name_map(final, after, artifact)
    return _prepared(
        artifact, final.encode("utf-8"), source_map, _pair_places(before, after, locate), found
    )


def _shorten(
    text: str, artifact: Artifact, display: str, options: FinishOptions
) -> tuple[str, bytes | None, tuple[Diagnostic, ...]]:
    made = Minified(text=text, source_map=None)
    if options.minify and can_minify(artifact.media_type, artifact.logical):
        if artifact.media_type == "text/css" and artifact.source_map is None:
            broken = tell_style_errors(text, display, artifact.logical)
            if broken:
                raise AssetbuildError(*broken)
        made = minify_text(text, artifact.media_type, name=display, wants_map=options.source_maps)
    found = list(made.diagnostics)
    if made.refused is not None:
        found.append(_tell_refused(made.refused, text, artifact, display))
        if found[-1].is_error:
            raise AssetbuildError(*found)
    if made.source_map is None:
        # none is wanted, or could be made; or the text is as it was, and so is its map
        if made.text is not text or artifact.source_map is None:
            return made.text, None, tuple(found)
        if not artifact.origins or not options.source_maps:
            return text, artifact.source_map, tuple(found)
        whole = _parse_own_map(artifact, artifact.source_map)
    else:
        whole = made.source_map
        if artifact.source_map is not None:
            whole = compose_maps(whole, {display: _parse_own_map(artifact, artifact.source_map)})
    if artifact.origins:
        whole = chain_origins(whole, _open_origins(artifact.origins, found))
    return made.text, emit_source_map(whole), tuple(found)


def _tell_refused(
    refused: ScriptRefused, text: str, artifact: Artifact, display: str
) -> Diagnostic:
    """Return the error of a script as the user wrote it; what a compiler wrote is its own affair."""
    location = locate_offset(display, text, refused.offset)
    if artifact.source_map is None:
        return tell_script_error(refused.reason, location, artifact.logical)
    own = _parse_own_map(artifact, artifact.source_map)
    place = look_up(own, location.line - 1, location.column - 1)
    if place is None:
        return tell_left(refused.reason, Location(file=display))
    content = own.contents[own.sources.index(place.source)]
    location = Location(
        file=place.source,
        line=place.line + 1,
        column=place.column + 1,
        line_text=None if content is None else line_at(content, place.line + 1),
    )
    if place.source in own.verbatim:
        return tell_script_error(refused.reason, location, artifact.logical)
    return tell_left(refused.reason, location)


def _parse_own_map(artifact: Artifact, source_map: bytes) -> SourceMap:
    return replace(parse_source_map(source_map), verbatim=artifact.verbatim)


def _open_origins(
    origins: Mapping[str, OriginMap], found: list[Diagnostic]
) -> dict[str, PackedMap]:
    """Return the maps that sources brought; one that is broken is told, and is none."""
    opened: dict[str, PackedMap] = {}
    for source, origin in origins.items():
        try:
            opened[source] = open_origin(origin)
        except ValueError as failure:
            found.append(
                warning(
                    "source-map/broken",
                    f'the source map of "{source}" cannot be read: {failure}; '
                    "the published map ends at that file",
                    location=origin.location,
                )
            )
    return opened


def _prepared(
    artifact: Artifact,
    content: bytes,
    source_map: bytes | None,
    references: tuple[FoundReference, ...],
    diagnostics: tuple[Diagnostic, ...],
) -> Prepared:
    return Prepared(
        logical=artifact.logical,
        content=content,
        media_type=artifact.media_type,
        source_map=source_map,
        references=references,
        deps=artifact.deps,
        diagnostics=(*artifact.diagnostics, *diagnostics),
    )


def _name_map(
    text: str, references: tuple[Reference, ...], artifact: Artifact
) -> tuple[str, tuple[Reference, ...]]:
    """Let a comment name the map; the linker writes the hashed name into it."""
    name = artifact.logical.rpartition("/")[2] + ".map"
    last = references[-1] if references else None
    if last is not None and last.kind == "source-map":
        # of a third party's file that was imported at the end: it names a map of that file
        return text, (*references[:-1], replace(last, url=name))
    if text and not text.endswith("\n"):
        text += "\n"
    comment = _MAP_COMMENTS[artifact.media_type]
    start = len(text) + comment.index("{}")
    reference = Reference(start, start + len(name), name, "source-map", "comment")
    return text + comment.format(name), (*references, reference)


def _pair_places(
    before: tuple[Reference, ...],
    after: tuple[Reference, ...],
    locate: Callable[[int], tuple[str, int, int]],
) -> tuple[FoundReference, ...]:
    """Return the references of the final text with the places of the same ones before."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for one in reversed(before):
        places[one.url].append(one.start)
    found = []
    for one in after:
        starts = places.get(one.url)
        # a minifier may join equal rules: the last place known stands for the rest
        start = 0 if not starts else starts.pop() if len(starts) > 1 else starts[0]
        file, line, column = locate(start)
        found.append(FoundReference(reference=one, file=file, line=line, column=column))
    return tuple(found)


def _make_locator(
    text: str, artifact: Artifact, display: str
) -> Callable[[int], tuple[str, int, int]]:
    """Return the function from an offset of the compiled text to file, line, column (1-based)."""
    starts: list[int] = []
    maps: list[SourceMap] = []

    def locate(offset: int) -> tuple[str, int, int]:
        if not starts:
            starts.extend(find_line_starts(text))
            if artifact.source_map is not None:
                maps.append(_parse_own_map(artifact, artifact.source_map))
        line = bisect.bisect_right(starts, offset) - 1
        column = offset - starts[line]
        place = look_up(maps[0], line, column) if maps else None
        if place is not None:
            return place.source, place.line + 1, place.column + 1
        return display, line + 1, column + 1

    return locate
