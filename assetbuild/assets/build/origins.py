"""Find the source maps that sources brought with them, so that the published map leads on.

In: an artifact whose map leads to sources. Out: the same with their maps beside it, and with these
(or the places where none is) among its dependencies. Reads files; refuses to know how maps join.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_to_bytes

from assetbuild.assets.languages.imports import ImportLog, ImportSearch, package_of
from assetbuild.assets.minify.text import LARGEST_MAPPED
from assetbuild.assets.model import PACKAGE_PREFIX, Artifact, Dep, FileDep, OriginMap
from assetbuild.assets.references import find_map_comment
from assetbuild.assets.resolve import tell_missing_map
from assetbuild.assets.sourcemaps.model import read_document, read_sources
from assetbuild.assets.sourcemaps.origins import name_sources
from assetbuild.assets.syntax.reference import Reference, is_data_uri
from assetbuild.assets.urls import decode_path, is_local, split_suffix
from assetbuild.diagnostics import Diagnostic, Location, locate_offset, sort_diagnostics, warning
from assetbuild.files import hash_file
from assetbuild.media import guess_media_type

_MARK = "sourceMappingURL="
LARGEST_MAP_BYTES = 16_000_000  # its text, its value and its mappings are held for a moment


def add_origins(artifact: Artifact, display: str, search: ImportSearch) -> Artifact:
    """Return the artifact with the maps of its sources; ``display`` is its one source without a map.

    A map that is missing or too large is a warning, and is none. Of a map without the texts of its
    sources, those are read that lie in its package, or below a source root as it does.
    """
    if len(artifact.content) > LARGEST_MAPPED:
        return artifact  # minified without a map
    reading = _Reading(ImportLog(search))
    origins: dict[str, OriginMap] = {}
    for source, text in _marked_texts(artifact, display):
        comment = find_map_comment(text, guess_media_type(source))
        if comment is not None:
            location = locate_offset(source, text, comment.start, comment.end - comment.start)
            origin = reading.read(source, comment, location)
            if origin is not None:
                origins[source] = origin
    deps = (*reading.log.deps(), *reading.unread)
    if not (origins or deps or reading.found):
        return artifact
    return replace(
        artifact,
        origins=origins,
        deps=tuple(dict.fromkeys((*artifact.deps, *deps))),
        diagnostics=sort_diagnostics([*artifact.diagnostics, *reading.found]),
    )


def _marked_texts(artifact: Artifact, display: str) -> Iterator[tuple[str, str]]:
    """Yield the sources, with their texts, that seem to name a map."""
    if artifact.source_map is None:
        if _MARK.encode() in artifact.content:
            yield display, artifact.content.decode("utf-8", "replace")
    elif _MARK.encode() in artifact.source_map:
        whole = read_sources(read_document(artifact.source_map))
        for source, text in zip(whole.sources, whole.contents, strict=True):
            if text is not None and _MARK in text:
                yield source, text


@dataclass
class _Reading:
    """The maps read for one artifact."""

    log: ImportLog
    found: list[Diagnostic] = field(default_factory=list)  # warnings
    unread: list[Dep] = field(default_factory=list)  # maps that are too large

    def read(self, source: str, comment: Reference, location: Location) -> OriginMap | None:
        """Return the map that a comment names; what cannot be had is told."""
        if is_data_uri(comment.url):
            return self._open(_decode_data_uri(comment.url), source, location)
        path = _find_map(source, comment.url, self.log)
        if path is None:
            return None
        if not path:
            self.found.append(tell_missing_map(comment.url, location))
            return None
        place = self.log.search.display(path)
        if os.path.getsize(path) > LARGEST_MAP_BYTES:
            self.unread.append(FileDep(place, hash_file(path)))
            self.found.append(
                warning(
                    "source-map/too-large",
                    f'the source map "{comment.url}" has over {LARGEST_MAP_BYTES // 1_000_000} MB; '
                    f'the published map ends at "{source}"',
                    location=location,
                )
            )
            return None
        return self._open(self.log.read(path).data, place, location)

    def _open(self, data: bytes, place: str, location: Location) -> OriginMap:
        contents = _read_contents(data, place, self.log)
        return OriginMap(data=data, place=place, location=location, contents=contents)


def _find_map(source: str, url: str, log: ImportLog) -> str | None:
    """Return the file a URL beside a source names, "" where it is missing, or is another's.

    None: the map is on another host, or wherever the third party's own site had it.
    """
    url = split_suffix(url)[0]
    if not is_local(url) or url.startswith("/"):
        return None
    folder = os.path.dirname(log.search.locate(source))
    path = os.path.normpath(os.path.join(folder, decode_path(url)))
    allowed = log.search.project
    if source.startswith(PACKAGE_PREFIX):
        allowed = _package_folder(source, log.search)
    return (_is_below(path, allowed) and log.find(path)) or ""


def find_map_deps(sources: Iterable[str], search: ImportSearch) -> tuple[Dep, ...]:
    """Return the maps that files name, or the places where none is, as dependencies."""
    log = ImportLog(search)
    for source in sources:
        with open(search.locate(source), "rb") as file:
            data = file.read()
        if _MARK.encode() in data:
            comment = find_map_comment(data.decode("utf-8", "replace"), guess_media_type(source))
            path = None if comment is None else _find_map(source, comment.url, log)
            if path:
                log.read(path)
    return log.deps()


def _decode_data_uri(url: str) -> bytes:
    """Return what a data URI holds; nothing where it is broken, which is no map either."""
    kind, _, body = url[len("data:") :].partition(",")
    data = unquote_to_bytes(body)
    if not kind.lower().endswith(";base64"):
        return data
    try:
        return base64.b64decode(data)
    except binascii.Error:
        return b""


def _read_contents(data: bytes, place: str, log: ImportLog) -> Mapping[str, str]:
    """Return the texts of the sources of a map that holds none, by their names, where they are public.

    A map of a package must not make a file of the app public, nor one of the machine.
    """
    if b'"sourcesContent"' in data:
        return {}
    try:
        document = read_document(data)
        root = str(document.get("sourceRoot") or "")
        sources = [posixpath.join(root, str(one)) for one in document["sources"] if one]
    except (ValueError, KeyError, TypeError):
        return {}
    found: dict[str, str] = {}
    total = 0
    for name in name_sources(sources, place):
        path = log.search.locate(name)
        if ":" in name.removeprefix(PACKAGE_PREFIX) or not _is_public(path, place, log.search):
            continue
        path = log.find(path) or ""
        if path and _is_public(os.path.realpath(path), place, log.search):
            total += os.path.getsize(path)
            if total > LARGEST_MAP_BYTES:
                break
            with contextlib.suppress(UnicodeDecodeError):
                found[name] = log.read(path).data.decode("utf-8-sig")
    return found


def _is_public(path: str, place: str, search: ImportSearch) -> bool:
    """Tell whether a map at a place may hold a file: of its own package, or below a source root."""
    if place.startswith(PACKAGE_PREFIX):
        return _is_below(path, _package_folder(place, search))
    return any(_is_below(path, one) for one in search.roots)


def _package_folder(name: str, search: ImportSearch) -> str:
    """Return the folder of the package that a file in node_modules belongs to."""
    return search.locate(PACKAGE_PREFIX + package_of(name.removeprefix(PACKAGE_PREFIX)))


def _is_below(path: str, folder: str) -> bool:
    return any(path.startswith(one + os.sep) for one in {folder, os.path.realpath(folder)})
