"""Decide what is built: which sources become outputs, under which name, with what settings.

In: discovered sources, settings, what each source imports. Out: planned sources and bundles in
order of their outputs. Refuses to know: compilers, disks.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.build.settings import Settings, SettingsTable
from assetbuild.assets.discover import FoundSource
from assetbuild.assets.languages.base import Language
from assetbuild.assets.languages.names import check_options, name_output
from assetbuild.assets.languages.registry import LANGUAGES, find_language
from assetbuild.assets.sprites.folder import is_folder_member
from assetbuild.config.model import Config
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    sort_diagnostics,
    warning,
)
from assetbuild.digests import digest_parts
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath
from assetbuild.suggest import find_nearest

# sources of languages that are not built here: copied, no browser would read them
_UNBUILT = (".erb", ".haml", ".slim", ".pug", ".jade", ".vue", ".svelte", ".elm", ".ls")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSource:
    """A source that may become an output."""

    found: FoundSource  # where it is
    language: Language  # what compiles it
    output: LogicalPath  # logical path of what it becomes
    settings: Settings  # what is wanted of it


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlan:
    """All sources, and which of them are outputs."""

    entries: Mapping[LogicalPath, PlannedSource]  # output -> source; sorted
    imported: Mapping[LogicalPath, PlannedSource]  # output -> what imports, bundles, sheets use
    sources: Mapping[LogicalPath, PlannedSource]  # both
    aliases: Mapping[LogicalPath, LogicalPath]  # source -> output, where they have other names
    imports: Mapping[LogicalPath, tuple[str, ...]]
    """Source -> the absolute files it imports, for each that compiles to something else."""
    diagnostics: tuple[Diagnostic, ...] = ()  # warnings


def check_language_options(config: Config) -> None:
    """Hold [language] and the rules' options against what the languages know.

    Errors, all at once: ``language/unknown`` and those of check_options.
    """
    problems: list[Diagnostic] = []
    for name, options in config.language.items():
        language = LANGUAGES.get(name)
        if language is None:
            nearest = find_nearest(name, LANGUAGES)
            hint = f'did you mean "{nearest}"?' if nearest else None
            problems.append(error("language/unknown", f'there is no language "{name}"', hint=hint))
            continue
        try:
            check_options(language, options, where=f"[language.{name}]")
        except AssetbuildError as failure:
            problems.extend(failure.diagnostics)
    if problems:
        raise AssetbuildError(*problems)


def plan_sources(
    sources: Iterable[FoundSource],
    table: SettingsTable,
    imports_of: Callable[[Sequence[PlannedSource]], Mapping[LogicalPath, Sequence[str]]],
) -> SourcePlan:
    """Return what each source becomes.

    ``imports_of`` gets the sources that compile to something else, and returns the absolute files
    that each (by its own logical path) imports. Errors: ``plan/two-sources``, options of rules.
    """
    problems: list[Diagnostic] = []
    entries: dict[LogicalPath, PlannedSource] = {}
    only_parts: dict[LogicalPath, PlannedSource] = {}
    for found in sources:
        planned = plan_source(found, table)
        language, settings = planned.language, planned.settings
        if settings.options:
            try:
                check_options(language, settings.options, where=f'the rules for "{found.logical}"')
            except AssetbuildError as failure:
                problems.extend(failure.diagnostics)
        if language.is_partial(found.logical) and settings.is_entry is not True:
            continue
        if settings.is_entry is False:
            only_parts[planned.output] = planned
            continue
        if settings.is_entry is None and is_folder_member(found.logical):
            only_parts[planned.output] = planned
            continue
        problems.extend(_tell_unbuilt(planned))
        problem = _add_entry(entries, planned)
        if problem is not None:
            problems.append(problem)
    if any(one.is_error for one in problems):
        raise AssetbuildError(*sort_diagnostics(problems))
    compiled = [one for one in entries.values() if one.language.output_extension is not None]
    # one alone is imported by none
    imports = imports_of(compiled) if len(compiled) > 1 else {}
    only_imported = _find_only_imported(compiled, imports)
    outputs = {name: one for name, one in sorted(entries.items()) if name not in only_imported}
    parts = {**only_parts, **entries}
    # a part that would have the name of an output has none: else the next build takes it for that
    imported = {name: one for name, one in sorted(parts.items()) if name not in outputs}
    every = {**imported, **outputs}
    return SourcePlan(
        entries=outputs,
        imported=imported,
        sources=every,
        aliases={
            one.found.logical: name for name, one in every.items() if one.found.logical != name
        },
        imports={name: tuple(files) for name, files in imports.items()},
        diagnostics=tuple(problems),
    )


def plan_source(found: FoundSource, table: SettingsTable) -> PlannedSource:
    """Return what a source would become, whether or not it is to be an output."""
    language = find_language(found.logical)
    output = name_output(language, found.logical)
    settings = table.for_path(found.logical, language.name, output=output)
    return PlannedSource(found=found, language=language, output=output, settings=settings)


def digest_importable(sources: Iterable[FoundSource]) -> str:
    """Return a digest of the names of sources that compile to something else."""
    names = [
        one.display for one in sources if find_language(one.logical).output_extension is not None
    ]
    return digest_parts("importable", sorted(names))


def _tell_unbuilt(planned: PlannedSource) -> Iterator[Diagnostic]:
    """Tell of a source whose language nothing here builds, unless a rule calls it an output."""
    stem, ending = posixpath.splitext(planned.output)
    if ending.lower() not in _UNBUILT or planned.settings.is_entry is True:
        return
    where = Location(file=planned.found.display)
    if guess_media_type(stem) != guess_media_type("no-extension"):
        # the app asks for "app.js", and there would be none
        yield error(
            "plan/no-language",
            f'nothing here makes "{stem}" of this source: "{ending}" is not built',
            location=where,
            hint=f'write "{posixpath.basename(stem)}" itself, leave it out ([assets] exclude), '
            "or copy it as it is: entry = true in a [[rule]]",
        )
        return
    yield warning(
        "plan/copied-source",
        f'the source is copied as it is: "{ending}" is not built',
        location=where,
        hint="leave it out: [assets] exclude; or build it with the app's esbuild: a [[bundle]]",
    )


def _add_entry(
    entries: dict[LogicalPath, PlannedSource], planned: PlannedSource
) -> Diagnostic | None:
    other = entries.setdefault(planned.output, planned)
    if other is planned:
        return None
    if other.found.root == planned.found.root:
        return error(
            "plan/two-sources",
            f'"{other.found.logical}" and "{planned.found.logical}" both become "{planned.output}"',
            location=Location(file=planned.found.display),
            hint="rename one of them, or leave it out: [assets] exclude",
        )
    first, second = sorted((other, planned), key=lambda one: one.found.root)
    entries[planned.output] = first
    return warning(
        "discover/shadowed",
        f'"{first.found.display}" hides this file: both become "{planned.output}" and its root comes first',
        location=Location(file=second.found.display),
    )


def _find_only_imported(
    compiled: Sequence[PlannedSource], imports: Mapping[LogicalPath, Sequence[str]]
) -> set[LogicalPath]:
    """Return the outputs of sources that another source imports, but for those of pure cycles."""
    by_file = {one.found.file.path: one for one in compiled}
    imported_by: dict[LogicalPath, set[LogicalPath]] = {}
    for logical, files in imports.items():
        for file in files:
            target = by_file.get(file)
            if target is not None and target.found.logical != logical:
                imported_by.setdefault(target.found.logical, set()).add(logical)
    only = set()
    for one in compiled:
        importers = imported_by.get(one.found.logical, set())
        if (
            importers
            and one.settings.is_entry is None
            and _has_outside(one, importers, imported_by)
        ):
            only.add(one.output)
    return only


def _has_outside(
    one: PlannedSource,
    importers: set[LogicalPath],
    imported_by: Mapping[LogicalPath, set[LogicalPath]],
) -> bool:
    """Tell whether something outside of a cycle of imports leads here.

    The files of a cycle all import each other; were none an output, its error would never show.
    """
    return any(
        name not in imported_by or one.found.logical not in imported_by[name] for name in importers
    )
