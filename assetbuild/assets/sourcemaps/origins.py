"""Maps that sources brought: a third party's file leads on to what it was made of.

In: such a map, and a map that leads to the file. Out: a map that leads to the third party's own
sources. Their names are relative to where the map lies, and never a path of a machine.
Refuses to know: disks.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assetbuild.assets.model import PACKAGE_PREFIX, OriginMap
from assetbuild.assets.sourcemaps.compose import compose_maps
from assetbuild.assets.sourcemaps.model import SourceMap
from assetbuild.assets.sourcemaps.packed import PackedMap, pack_source_map

_FILE_SCHEME = re.compile(r"file:(?://[^/]*)?(?=/)", re.IGNORECASE)
_DRIVE = re.compile(r"/?[a-zA-Z]:[\\/]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")


def open_origin(origin: OriginMap) -> PackedMap:
    """Return the map with its sources named as ours. Errors: ValueError for what is no map."""
    packed = pack_source_map(origin.data)
    sources = name_sources(packed.sources, origin.place)
    contents = tuple(
        origin.contents.get(name) if text is None else text
        for name, text in zip(sources, packed.contents, strict=True)
    )
    return replace(packed, sources=sources, contents=contents)


def name_sources(sources: Sequence[str], place: str) -> tuple[str, ...]:
    """Return the names of a map's sources: paths as ``place`` is one, other schemes as they are.

    Absolute paths are another machine's, or this one's: what they have in common goes.
    """
    paths = [_spell_path(one) for one in sources]
    absolute = [posixpath.dirname(one) for one in paths if one.startswith("/")]
    root = posixpath.commonpath(absolute) if absolute else ""
    if root.count("/") == 1 and (root == "/" or root.endswith(":")):
        root = ""
    prefix = PACKAGE_PREFIX if place.startswith(PACKAGE_PREFIX) else ""
    folder = posixpath.dirname(place[len(prefix) :])
    names = []
    for path in paths:
        if not path or _SCHEME.match(path):
            names.append(path)
            continue
        tail = path
        if path.startswith("/"):
            tail = path[len(root) + 1 :] if root else posixpath.basename(path)
        # the slash in front keeps what leads out of the project, or the packages, inside
        inside = posixpath.normpath(posixpath.join("/", folder, tail)).lstrip("/")
        names.append(prefix + inside)
    return tuple(names)


def _spell_path(source: str) -> str:
    """Return a source's path with slashes; one of Windows begins with a slash too."""
    path = _FILE_SCHEME.sub("", source)
    if _DRIVE.match(path):
        path = f"/{path.lstrip('/')}"
    return path if _SCHEME.match(path) else path.replace("\\", "/")


def chain_origins(source_map: SourceMap, origins: Mapping[str, PackedMap]) -> SourceMap:
    """Return the map with every source that brought a map replaced by the sources of that map.

    A name that would mean two texts gets a number: ``src/index.js?2``.
    """
    taken = {
        name: text
        for name, text in zip(source_map.sources, source_map.contents, strict=True)
        if name not in origins
    }
    numbers: dict[str, int] = {}
    renamed = {}
    for owner in source_map.sources:
        if owner in origins:
            one = origins[owner]
            own: dict[tuple[str, str | None], str] = {}
            for name, text in zip(one.sources, one.contents, strict=True):
                if (name, text) not in own:
                    own[name, text] = _free_name(name, text, taken, numbers)
            names = zip(one.sources, one.contents, strict=True)
            renamed[owner] = replace(one, sources=tuple(own[pair] for pair in names))
    return compose_maps(source_map, renamed)


def _free_name(
    name: str, text: str | None, taken: dict[str, str | None], numbers: dict[str, int]
) -> str:
    """Return the name, or one with the next number where another text has it; note it as taken."""
    if name in taken and (text is None or taken[name] != text):
        numbers[name] = numbers.get(name, 1) + 1
        return _free_name(f"{name}?{numbers[name]}", text, taken, numbers)
    taken[name] = text
    return name
