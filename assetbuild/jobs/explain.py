"""Tell how an output came to be: inputs, options, tools, references, why it was made anew.

In: a project and a name. Out: an Explanation. The project is built first, so what is told is true.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.build.records import OutputRecord, parse_records
from assetbuild.assets.build.state import StateFile
from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.assets.model import AbsentDep, ManifestEntry, OptionDep, ToolDep
from assetbuild.assets.result import BuildOptions
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.jobs.build import AssetBuilder
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter
from assetbuild.suggest import find_nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that is known of an output."""

    entry: ManifestEntry  # of the manifest just built
    source: str  # project-relative; "" for a bundle
    language: str  # "raw" where the file is copied as it is
    inputs: tuple[str, ...]  # project-relative files it was made of, sorted
    looked_for: tuple[str, ...]  # files whose appearance would change it, sorted
    options: tuple[tuple[str, str], ...]  # name, JSON value; sorted
    tools: tuple[tuple[str, str], ...]  # name, version; sorted
    referenced_by: tuple[LogicalPath, ...]  # outputs that name it, sorted
    notes: tuple[str, ...]  # what was decided on it: "inlined in css/app.css"
    reason: str  # why it was last made anew


def explain_output(
    project: Path, name: str, *, env: Mapping[str, str], reporter: Reporter
) -> Explanation:
    """Build the project and explain an output by its logical path, hashed path or source.

    Errors: those of a build; ``explain/unknown``.
    """
    options = BuildOptions()
    with AssetBuilder(project, env=env, reporter=reporter, options=options) as builder:
        result = builder.build()
    entries = result.manifest.entries
    found = _find(name, entries, result.sources)
    state = StateFile(options.cache_dir or default_cache_dir(env), project, project)
    records = parse_records(state.read_records())
    if found is None:
        raise AssetbuildError(_tell_unknown(name, [*entries, *result.sources.values()], records))
    return _explain(entries[found], records.get(found), result.sources.get(found, ""), entries)


def _find(
    name: str, entries: Mapping[LogicalPath, ManifestEntry], sources: Mapping[LogicalPath, str]
) -> LogicalPath | None:
    plain = os.path.normpath(name).replace(os.sep, "/")
    for logical, entry in entries.items():
        if plain in (logical, entry.hashed, sources.get(logical)):
            return logical
    # a source by its logical path, as bundles and rules name it: below whichever root it lies
    below = (one for one, source in sources.items() if source.endswith(f"/{plain}"))
    return next((one for one in below if one in entries), None)


def _tell_unknown(
    name: str, names: Iterable[str], records: Mapping[LogicalPath, OutputRecord]
) -> Diagnostic:
    plain = os.path.normpath(name).replace(os.sep, "/")
    users = [
        f'"{logical}"'
        for logical, record in sorted(records.items())
        if any(f"/{one.path}".endswith(f"/{plain}") for one in record.files)
    ]
    nearest = find_nearest(name, names)
    if users:
        return error(
            "explain/unknown",
            f'"{name}" is no output of its own: it goes into {", ".join(users[:3])}'
            + (f" and {len(users) - 3} more" if len(users) > 3 else ""),
            hint="explain one of these",
        )
    return error(
        "explain/unknown",
        f'no output and no source is called "{name}"',
        hint=f'did you mean "{nearest}"?' if nearest else "list them: assetbuild compile --json",
    )


def _explain(
    entry: ManifestEntry,
    record: OutputRecord | None,
    source: str,
    entries: Mapping[LogicalPath, ManifestEntry],
) -> Explanation:
    deps = record.deps if record is not None else ()
    inputs = {dep.path for dep in record.files} if record is not None else {source} - {""}
    return Explanation(
        entry=entry,
        source=source,
        language=record.language if record is not None else "raw",
        inputs=tuple(sorted(inputs)),
        looked_for=tuple(sorted(dep.path for dep in deps if isinstance(dep, AbsentDep))),
        options=tuple(sorted((one.name, one.value) for one in deps if isinstance(one, OptionDep))),
        tools=tuple(sorted((one.name, one.version) for one in deps if isinstance(one, ToolDep))),
        referenced_by=tuple(
            sorted(other.logical for other in entries.values() if entry.logical in other.references)
        ),
        notes=record.notes if record is not None else (),
        reason=record.reason if record is not None else "it is copied as it is",
    )
