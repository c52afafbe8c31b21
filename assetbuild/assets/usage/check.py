"""Hold the names that an app's files mention against what the build makes.

In: mentions with their texts, the manifest, the sources of outputs. Out: diagnostics with the place
and the nearest name. Pure but for asking whether a plain file is there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assetbuild.assets.model import Manifest
from assetbuild.assets.resolve import find_nearest_path
from assetbuild.assets.urls import split_suffix
from assetbuild.assets.usage.files import AppFile
from assetbuild.assets.usage.mention import BLUEPRINT, Mention
from assetbuild.assets.usage.mention_finder import MentionFinder
from assetbuild.diagnostics import Diagnostic, error, locate_offset, sort_diagnostics, warning
from assetbuild.globs import compile_glob, match_any
from assetbuild.paths import LogicalPath, try_logical
from assetbuild.suggest import find_nearest

_VITE_FOLDERS = ("", "entrypoints/", "src/")


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What a template may name."""

    entries: frozenset[str]  # logical paths
    sources: Mapping[str, str]  # project-relative source -> its output, for helpers that name those
    elsewhere: Sequence[str]  # globs of names that something else serves
    has_plain: Callable[[str], bool]  # a plain file of this name lies in a static folder
    list_folder: Callable[[str], Collection[str]] = lambda _folder: ()  # names, project-relative
    hashed: Collection[str] = ()  # hashed paths


@dataclass(slots=True)
class CheckResult:
    """What was found."""

    names: int = 0  # names that were held against the manifest
    computed: int = 0  # names of which only a start is written
    files: list[str] = field(default_factory=list)  # files that name assets
    found: list[Diagnostic] = field(default_factory=list)  # sorted once all is read

    @property
    def missing(self) -> int:
        """How many names are not there."""
        return sum(one.is_error for one in self.found)


def resolve_mention(mention: Mention, known: KnownNames) -> str | None:
    """Return the logical path that a mention names, or None where there is none.

    As the integrations do: a leading slash, a query and a fragment do not count.
    """
    plain = strip_name(mention.name)
    for name in _spellings(plain, mention.ending):
        if name in known.entries or name in known.hashed:
            return name
        if mention.helper == BLUEPRINT:
            ends = [one for one in known.entries if one.endswith(f"/{name}")]
            if ends:
                return min(ends)
        if mention.helper.startswith("vite"):
            for folder in _VITE_FOLDERS:
                found = _find_source(folder + name, known)
                if found is not None:
                    return found
    return None


def check_mentions(
    texts: Iterable[tuple[AppFile, str]],
    manifest: Manifest,
    known: KnownNames,
    finder: MentionFinder,
) -> CheckResult:
    """Return every name that is not there: ``check/unknown-asset``, ``check/nothing-begins-so``."""
    elsewhere = [compile_glob(one) for one in known.elsewhere]
    result = CheckResult()
    for file, text in texts:
        mentions = finder.find(file, text)
        if mentions:
            result.files.append(file.display)
        for one in mentions:
            name = strip_name(one.name)
            if not name or is_outside(one) or match_any(elsewhere, name):
                continue
            if one.is_beside:
                result.names += 1
                item = _check_beside(file, text, one, known)
            elif one.is_computed:
                result.computed += 1
                item = _check_start(file, text, one, name, manifest)
            else:
                result.names += 1
                item = _check_name(file, text, one, name, known)
            if item is not None:
                result.found.append(item)
    result.found = list(sort_diagnostics(result.found))
    return result


def is_outside(mention: Mention) -> bool:
    """Tell whether a mention is a URL of another host, or one that the helper hands on as it is."""
    name = mention.name
    if name.startswith(("//", "data:", "http:", "https:", "mailto:", "#")):
        return True
    # Rails: a path from the root bypasses the pipeline
    return name.startswith("/") and mention.helper.endswith(("_tag", "_path"))


def strip_name(name: str) -> str:
    """Return the name without a leading slash, a query and a fragment."""
    return split_suffix(name)[0].lstrip("/")


def _spellings(name: str, ending: str) -> Iterable[str]:
    logical = try_logical(name)
    if logical is not None:
        yield logical
        if ending and not logical.endswith(ending):
            yield logical + ending


def _find_source(name: str, known: KnownNames) -> str | None:
    if name in known.sources:
        return known.sources[name]
    ends = [output for source, output in known.sources.items() if source.endswith("/" + name)]
    return min(ends, default=None)


def _check_name(
    file: AppFile, text: str, one: Mention, name: str, known: KnownNames
) -> Diagnostic | None:
    if resolve_mention(one, known) is not None:
        return None
    if one.is_lenient and known.has_plain(name):
        return None
    wanted = name if not one.ending or name.endswith(one.ending) else name + one.ending
    nearest = find_nearest_path(wanted, known.entries)
    return error(
        "check/unknown-asset",
        f'{one.helper} names "{one.name}", and there is no such asset',
        location=locate_offset(file.display, text, one.start, one.length),
        hint=f'did you mean "{nearest}"?'
        if nearest
        else "what something else serves goes into [usage] elsewhere",
    )


def _check_beside(file: AppFile, text: str, one: Mention, known: KnownNames) -> Diagnostic | None:
    path = posixpath.normpath(
        posixpath.join(posixpath.dirname(file.display), split_suffix(one.name)[0])
    )
    folder, _, name = path.rpartition("/")
    names = known.list_folder(folder)
    if path.startswith("../") or name in names:
        return None
    nearest = find_nearest(name, names)
    return error(
        "check/unknown-asset",
        f'{one.helper} names "{one.name}", and there is no file "{path}"',
        location=locate_offset(file.display, text, one.start, one.length),
        hint=f'did you mean "{nearest}"?' if nearest else None,
    )


def _check_start(
    file: AppFile, text: str, one: Mention, name: str, manifest: Manifest
) -> Diagnostic | None:
    is_inner = one.helper == BLUEPRINT
    if is_inner or any(entry.startswith(name) for entry in manifest.entries):
        return None
    folder = name.rpartition("/")[0]
    return warning(
        "check/nothing-begins-so",
        f'{one.helper} computes a name from "{one.name}", and no asset\'s name begins so',
        location=locate_offset(file.display, text, one.start, one.length),
        hint=None if folder else "what something else serves goes into [usage] elsewhere",
    )


def index_sources(sources: Mapping[LogicalPath, str]) -> dict[str, str]:
    """Return source -> output."""
    return {file: str(output) for output, file in sources.items() if file}
