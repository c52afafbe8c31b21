"""Run one build around the pipeline: lock, previous manifest, what goes, the next snapshot.

In: a configuration and the state of the last build. Out: a BuildResult.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetbuild.assets.build.difference import Difference
from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.pipeline import build_assets
from assetbuild.assets.build.prepare import open_small_texts
from assetbuild.assets.build.remembered import parse_remembered
from assetbuild.assets.build.save import SavedBuild, config_files, save_build
from assetbuild.assets.build.scope import BeyondScope, LastBuild, find_scope
from assetbuild.assets.build.small_texts import SmallTexts
from assetbuild.assets.build.state import Snapshot, StateFile, stat_output
from assetbuild.assets.build.values import BuildContext, Built
from assetbuild.assets.build.work import WorkPool
from assetbuild.assets.build.write import files_of
from assetbuild.assets.cache import BuildCache
from assetbuild.assets.manifest import MANIFEST_NAME
from assetbuild.assets.model import Manifest
from assetbuild.assets.result import BuildOptions, BuildResult, BuildStats
from assetbuild.assets.roots import GENERATED, Root, display_path
from assetbuild.assets.tools.store import open_tool_store
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.digests import sha256_hex
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter
from assetbuild.sizes import parse_size

if TYPE_CHECKING:
    from assetbuild.assets.images.png_encoder import Effort

_DEFAULT_CACHE_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a run is given."""

    config: Config
    options: BuildOptions
    env: Mapping[str, str]
    reporter: Reporter
    pool: WorkPool
    cache_dir: Path
    state: StateFile
    snapshot: Snapshot | None  # of the last build
    difference: Difference | None  # of the disk from it; None: not looked for
    stamp: Mapping[str, str]  # versions and options, for the next snapshot
    started: float  # monotonic


def run_build(request: RunRequest) -> BuildResult:
    """Build, holding the output folder; nothing changes in it when anything fails."""
    config, options = request.config, request.options
    path = Path(os.path.normpath(options.output or config.project / config.assets.output))
    display = display_path(str(config.project), str(path))
    output = OutputFolder(path, display=display, is_durable=not options.is_dev)
    with output.lock(request.reporter):
        # read under the lock: a build that we waited for may have changed it
        last = request.state.load()
        snapshot = None if options.is_forced else last
        previous, warnings = output.read_manifest()
        pending = request.state.read_pending()
        if _may_hold_temporaries(output, snapshot, pending):
            output.remove_temporaries()
        cache = BuildCache(request.cache_dir) if options.uses_cache else None
        context = BuildContext(
            config=config,
            options=options,
            env=request.env,
            reporter=request.reporter,
            pool=request.pool,
            tools=open_tool_store(request.env),
            cache=cache,
            small_texts=None,
            output=output,
            snapshot=snapshot,
            previous=previous,
            on_writing=request.state.note_pending if cache is not None else lambda _names: None,
        )
        # a difference from another build than the one that lies there says nothing
        is_known = cache is not None and snapshot is request.snapshot and not pending
        seen = request.difference.seen if request.difference and is_known else None
        texts: SmallTexts | None = None
        try:
            built = None if seen is None else _build_scope(context, request, seen)
            if built is None:
                seen = None
                texts = open_small_texts(request.state.read_texts()) if cache else None
                built = build_assets(_widen(context, texts))
        except BaseException:
            output.give_up()
            request.state.clear_pending()
            raise
        built = replace(built, diagnostics=(*warnings, *built.diagnostics))
        ledger = _sweep(
            output, previous, built.manifest, last, pending=pending, keep=config.assets.keep
        )
        _remove_foreign(output, last, built.foreign)
        result = _make_result(built, previous, output.path, request, seen)
        if cache is not None:
            save_build(
                request.state,
                SavedBuild(
                    config=config,
                    stamp=request.stamp,
                    built=built,
                    result=result,
                    output=output,
                    ledger=ledger,
                    seen=seen,
                ),
            )
        # not before: a build that is killed until here is unknown to the next one
        request.state.clear_pending()
        if texts is not None:
            _save_texts(request.state, texts)
    if cache is not None:
        cache.prune_when_due(parse_size(config.assets.cache_size) or _DEFAULT_CACHE_BYTES)
    return result


def _build_scope(context: BuildContext, request: RunRequest, seen: Snapshot) -> Built | None:
    """Build what the changed files reach; None where that is not known, or too much."""
    assert request.difference is not None
    last = _recall_build(context, request.state, seen)
    if last is None:
        return None
    if not set(config_files(request.config)).isdisjoint(request.difference.changed):
        return None  # also where it lies below a source root
    project = str(request.config.project)
    changed = [display_path(project, one) for one in request.difference.changed]
    generated: tuple[Root, ...] = ()
    if last.remembered.has_generated:
        generated = (Root(path=str(request.config.project / GENERATED), display=GENERATED),)
    try:
        scope = find_scope(changed, last)
        return build_assets(replace(context, generated=generated, scope=scope))
    except BeyondScope as why:
        request.reporter.verbose(f"building all: {why}")
        return None
    except AssetbuildError:
        if context.output.has_begun:
            raise  # a full disk
        return None  # what else is wrong is told together


def _recall_build(context: BuildContext, state: StateFile, seen: Snapshot) -> LastBuild | None:
    """Return the build that lies in the output folder, if all that is known of it is of one build.

    A build that was killed may have written one file of the state and not the other.
    """
    facts: Any = seen.facts or {}
    manifest = os.path.join(context.output.path, MANIFEST_NAME)
    if context.previous is None or stat_output(manifest) != seen.outputs.get(manifest):
        return None
    records, survey = state.read_records(), state.read_survey()
    is_whole = [facts.get("records"), facts.get("survey")] == [
        sha256_hex(records),
        sha256_hex(survey),
    ]
    remembered = parse_remembered(survey) if is_whole else None
    if remembered is None:
        return None
    return LastBuild(
        manifest=context.previous,
        sources={LogicalPath(name): str(file) for name, file in facts["sources"].items()},
        records=records,
        remembered=remembered,
    )


def _widen(context: BuildContext, texts: SmallTexts | None) -> BuildContext:
    """Return the context of a build that looks at everything."""
    from assetbuild.assets.build.generated import make_generated_root  # looks for sprites

    effort: Effort = "fast" if context.options.is_dev else "best"
    generated, told = make_generated_root(context.config, context.output.path, effort=effort)
    return replace(context, small_texts=texts, generated=generated, told=told)


def _may_hold_temporaries(
    output: OutputFolder, snapshot: Snapshot | None, pending: Sequence[str]
) -> bool:
    """Tell whether a killed build may have left files: not where no folder has other entries."""
    facts: Any = {} if snapshot is None else snapshot.facts or {}
    return bool(pending) or facts.get("folders") != output.stat_folders(facts.get("folders") or {})


def _save_texts(state: StateFile, texts: SmallTexts) -> None:
    data = texts.dump()
    if data is not None:
        with contextlib.suppress(OSError):  # the next build is slower, and that is all
            state.save_texts(data)


def _sweep(
    output: OutputFolder,
    previous: Manifest | None,
    manifest: Manifest,
    snapshot: Snapshot | None,
    *,
    pending: Sequence[str],
    keep: int,
) -> list[list[str]]:
    """Remove what only builds older than ``keep`` listed.

    Return the files of the builds before this one that stay, the newest first, without those that
    a newer one lists too.
    """
    facts: Any = {} if snapshot is None else snapshot.facts or {}
    before = () if previous is None else files_of(previous.entries.values())
    now = files_of(manifest.entries.values())
    known = {*now}
    ledger: list[list[str]] = []
    # a build that was killed before it could be remembered has replaced what the last one made
    root = f"{output.path}{os.sep}"
    outputs = () if snapshot is None else snapshot.outputs
    # what it made in another folder, before the configuration named this one, is left there
    last = {one.removeprefix(root) for one in outputs if one.startswith(root)} - {MANIFEST_NAME}
    for files in (before, last, *facts.get("ledger", ())):
        older = set(files) - known
        if older:
            ledger.append(sorted(older))
            known |= older
    kept = ledger[: max(0, keep)]
    gone = set(pending).union(*ledger[len(kept) :]) - now
    output.remove(sorted(gone.difference(*kept)))
    return kept


def _remove_foreign(
    output: OutputFolder, snapshot: Snapshot | None, written: Iterable[str]
) -> None:
    """Remove manifests in forms that are wanted no longer, as the last build left them.

    Another tool would go on reading them. One that has other bytes now is that tool's own.
    """
    facts: Any = {} if snapshot is None else snapshot.facts or {}
    known: Mapping[str, tuple[str, int]] = facts.get("foreign", {})
    output.remove(
        name
        for name, (sha256, size) in known.items()
        if name not in written and output.has(name, sha256, size)
    )


def _make_result(
    built: Built, previous: Manifest | None, path: Path, request: RunRequest, seen: Snapshot | None
) -> BuildResult:
    facts: Any = {} if seen is None else seen.facts  # of the build whose scope this one made again
    discovery = built.survey.discovery
    found = facts["found"] if discovery is None else len(discovery.sources)
    watched = {*_list_watched(built, request.config), *facts.get("watched", ())}
    return BuildResult(
        manifest=built.manifest,
        output=path,
        diagnostics=built.diagnostics,
        stats=BuildStats(
            sources=found,
            outputs=len(built.manifest.entries),
            compiled=built.compiled,
            cached=built.cached,
            copied=built.copied,
            written=built.written,
            seconds=time.monotonic() - request.started,
        ),
        watched=tuple(sorted(watched)),
        changed=_find_changed(previous, built.manifest),
        sources=dict(built.sources),
        variant_levels={str(name): level for name, level in built.variants.levels.items()},
    )


def _find_changed(before: Manifest | None, after: Manifest) -> tuple[LogicalPath, ...]:
    old = {} if before is None else before.entries
    names = old.keys() | after.entries.keys()
    return tuple(
        sorted(
            name
            for name in names
            if name not in old
            or name not in after.entries
            or old[name].sha256 != after.entries[name].sha256
            or old[name].hashed != after.entries[name].hashed
        )
    )


def _list_watched(built: Built, config: Config) -> Iterator[str]:
    """Yield the roots, the configuration, and what was read outside of the roots."""
    roots = [one.path for one in built.roots.roots]
    yield from roots
    yield from config_files(config)
    for path in built.inputs.files():
        if not any(path.startswith(root + os.sep) for root in roots):
            yield path
