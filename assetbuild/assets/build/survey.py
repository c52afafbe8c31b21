"""What there is to build: found on the disk, or recalled from the last build.

In: roots and settings, or a scope. Out: a Survey: which sources become which outputs, and where
they are. A recalled plan looks at a source only when it is asked for it.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.build.plan import PlannedSource, SourcePlan, plan_source
from assetbuild.assets.build.prepared import Prepared
from assetbuild.assets.build.remembered import Remembered
from assetbuild.assets.build.scope import BeyondScope, Scope
from assetbuild.assets.build.settings import SettingsTable
from assetbuild.assets.discover import Discovery, FoundSource
from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.assets.roots import GENERATED, Root
from assetbuild.config.assets import BundleConfig
from assetbuild.diagnostics import Diagnostic
from assetbuild.paths import LogicalPath
from assetbuild.walking import FoundFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is to build."""

    plan: SourcePlan
    wanted: Mapping[LogicalPath, PlannedSource]  # what becomes an output by itself, in this build
    find_source: Callable[[str], FoundSource | None]  # by its project-relative path
    made: Mapping[LogicalPath, Prepared]  # outputs of the app's esbuild
    kept: Mapping[LogicalPath, ManifestEntry]  # outputs that stay as the last build made them
    told: tuple[Diagnostic, ...]  # warnings of no one output
    discovery: Discovery | None  # None where nothing was looked for


def survey_found(
    discovery: Discovery, plan: SourcePlan, made: Mapping[LogicalPath, Prepared]
) -> Survey:
    """Return the survey of a build that looked at everything."""
    by_file = {one.display: one for one in discovery.sources.values()}
    return Survey(
        plan=plan,
        wanted=plan.entries,
        find_source=by_file.get,
        made=made,
        kept={},
        told=(*discovery.diagnostics, *plan.diagnostics),
        discovery=discovery,
    )


def recall_survey(
    scope: Scope, roots: Sequence[Root], table: SettingsTable, bundles: Sequence[BundleConfig]
) -> Survey:
    """Return the survey of a build that makes some outputs again."""
    remembered = scope.last.remembered
    imported = remembered.imported
    logicals = {output: source for source, output in remembered.aliases.items()}
    files = scope.last.files
    known = {file: logicals.get(name, name) for name, file in files.items()}
    others = frozenset(remembered.others)

    def find_source(file: str) -> FoundSource | None:
        logical = known.get(file)
        if logical is None and file not in others:
            return None
        return _look_at(file, logical, roots)

    def plan_output(name: LogicalPath) -> PlannedSource:
        found = _look_at(files[name], logicals.get(name, name), roots)
        if found is None:
            raise BeyondScope(f'"{files[name]}" went meanwhile')
        return plan_source(found, table)

    entries = [name for name in scope.last.sources if name not in imported]
    sources = _Recalled(files, plan_output)
    plan = SourcePlan(
        entries=sources.only(entries),
        imported=sources.only(imported),
        sources=sources,
        aliases=remembered.aliases,
        imports={},
    )
    # a part may have the name of a bundle, which is joined
    wanted = sorted(scope.outputs - set(remembered.maps) - {one.name for one in bundles})
    return Survey(
        plan=plan,
        wanted=sources.only([one for one in wanted if one in files]),
        find_source=find_source,
        made={},
        kept=scope.kept,
        told=(),
        discovery=None,
    )


def find_output_sources(survey: Survey, manifest: Manifest) -> dict[LogicalPath, str]:
    """Return the project-relative source of each output that has one."""
    plan = survey.plan
    return {
        name: one.found.display
        for name, one in (*plan.entries.items(), *plan.imported.items())
        if name in manifest.entries
    }


def remember_survey(
    survey: Survey,
    table: SettingsTable,
    display: Callable[[str], str],
    *,
    roots: Sequence[Root],
) -> Remembered:
    """Return what the next build may recall of a survey; maps and warnings are for others to add.

    ``display`` gives the project-relative path of an absolute one.
    """
    plan, discovery = survey.plan, survey.discovery
    planned = {one.found.display for one in plan.sources.values()}
    every = () if discovery is None else discovery.sources.values()
    return Remembered(
        barred=_find_bar(survey, table, roots),
        imported={name: one.found.display for name, one in plan.imported.items()},
        others=tuple(sorted(one.display for one in every if one.display not in planned)),
        aliases=plan.aliases,
        imports={name: tuple(map(display, files)) for name, files in plan.imports.items()},
        maps=(),
        brought_maps={},
        has_generated=any(one.display == GENERATED for one in roots),
        told={},
        general=[],
    )


def _find_bar(survey: Survey, table: SettingsTable, roots: Sequence[Root]) -> str:
    """Return why the next build cannot recall this survey, or ""."""
    if table.has_inline:
        return "a rule inlines what one place names"
    if survey.discovery is None or survey.discovery.hidden:
        return "a source hides another"
    if not survey.made.keys().isdisjoint(survey.plan.sources):
        return "esbuild makes what a source could become"
    paths = [f"{one.path}/" for one in roots]
    if any(one != other and one.startswith(other) for one in paths for other in paths):
        return "a source root lies inside another"
    return ""


class _Recalled(Mapping[LogicalPath, PlannedSource]):
    """Sources by output, planned when they are asked for."""

    def __init__(
        self,
        names: Mapping[LogicalPath, object],
        plan: Callable[[LogicalPath], PlannedSource],
        known: dict[LogicalPath, PlannedSource] | None = None,
    ) -> None:
        self._names = names
        self._plan = plan
        self._known = {} if known is None else known

    def only(self, names: Sequence[LogicalPath] | Mapping[LogicalPath, object]) -> _Recalled:
        return _Recalled(dict.fromkeys(names), self._plan, self._known)

    def __getitem__(self, name: LogicalPath) -> PlannedSource:
        if name not in self._names:
            raise KeyError(name)
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._plan(name)
        return known

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[LogicalPath]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _look_at(file: str, logical: LogicalPath | None, roots: Sequence[Root]) -> FoundSource | None:
    """Return a source that is known to lie below one of the roots; None where it is gone."""
    for index, root in enumerate(roots):
        prefix = "" if root.display == "." else f"{root.display}/"
        if not file.startswith(prefix):
            continue
        relative = file[len(prefix) :]
        path = f"{root.path}/{relative}"
        try:
            status = os.stat(path)
        except OSError:
            continue
        return FoundSource(
            logical=logical or LogicalPath(unicodedata.normalize("NFC", relative)),
            display=file,
            file=FoundFile(
                relative=relative,
                path=path,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                inode=status.st_ino,
                ctime_ns=status.st_ctime_ns,
                is_symlink=os.path.islink(path),
            ),
            root=index,
        )
    return None
