"""Run one build around the pipeline: lock, previous manifest, what goes, the next snapshot.

In: a configuration and the state of the last build. Out: a BuildResult.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetbuild.assets.build.generated import make_generated_root
from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.pipeline import BuildContext, Built, build_assets
from assetbuild.assets.build.prepare import open_small_texts
from assetbuild.assets.build.records import update_records
from assetbuild.assets.build.small_texts import SmallTexts
from assetbuild.assets.build.state import Snapshot, StateFile, stamp_of, stat_outputs
from assetbuild.assets.build.work import WorkPool
from assetbuild.assets.build.write import files_of
from assetbuild.assets.cache import BuildCache
from assetbuild.assets.diagnostic_rows import pack_diagnostic
from assetbuild.assets.encodings import digest_plan
from assetbuild.assets.manifest import MANIFEST_NAME
from assetbuild.assets.model import Manifest
from assetbuild.assets.result import BuildOptions, BuildResult, BuildStats
from assetbuild.assets.roots import USUAL_ROOTS, display_path
from assetbuild.assets.tools.store import open_tool_store
from assetbuild.config.load import CONFIG_NAME
from assetbuild.config.model import Config
from assetbuild.jsontype import Json
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
        snapshot = None if options.is_forced else request.state.load()
        previous, warnings = output.read_manifest()
        pending = request.state.read_pending()
        if _may_hold_temporaries(output, snapshot, pending):
            output.remove_temporaries()
        cache = BuildCache(request.cache_dir) if options.uses_cache else None
        effort: Effort = "fast" if options.is_dev else "best"
        generated, told = make_generated_root(config, path, effort=effort)
        silent = set(config.assets.silence)
        warnings = (*warnings, *(one for one in told if one.code not in silent))
        context = BuildContext(
            config=config,
            options=options,
            env=request.env,
            reporter=request.reporter,
            pool=request.pool,
            tools=open_tool_store(request.env),
            cache=cache,
            small_texts=open_small_texts(request.state.read_texts()) if cache else None,
            output=output,
            snapshot=snapshot,
            previous=previous,
            on_writing=request.state.note_pending if cache is not None else lambda _names: None,
            generated=generated,
        )
        try:
            built = build_assets(context)
        except BaseException:
            output.give_up()
            request.state.clear_pending()
            raise
        request.state.clear_pending()
        built = replace(built, diagnostics=(*warnings, *built.diagnostics))
        ledger = _sweep(
            output, previous, built.manifest, snapshot, pending=pending, keep=config.assets.keep
        )
        result = _make_result(built, previous, output.path, request)
        if context.small_texts is not None:
            _save(request, built, result, ledger, output)
            _save_texts(request.state, context.small_texts)
    if cache is not None:
        cache.prune_when_due(parse_size(config.assets.cache_size) or _DEFAULT_CACHE_BYTES)
    return result


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
    """Remove what only builds older than ``keep`` listed; return the files of those that stay."""
    facts: Any = {} if snapshot is None else snapshot.facts or {}
    ledger: list[list[str]] = [list(one) for one in facts.get("ledger", [])]
    now = files_of(manifest.entries.values())
    before = set() if previous is None else files_of(previous.entries.values())
    if before and before != now and (not ledger or set(ledger[0]) != before):
        ledger.insert(0, sorted(before))
    ledger = [one for one in ledger if set(one) != now]
    kept = ledger[: max(0, keep)]
    known = now.union(*kept)
    gone = set(pending).union(*ledger[len(kept) :]) - known
    output.remove(sorted(gone))
    return [sorted(now), *kept]


def _make_result(
    built: Built, previous: Manifest | None, path: Path, request: RunRequest
) -> BuildResult:
    return BuildResult(
        manifest=built.manifest,
        output=path,
        diagnostics=built.diagnostics,
        stats=BuildStats(
            sources=len(built.discovery.sources),
            outputs=len(built.manifest.entries),
            compiled=built.compiled,
            cached=built.cached,
            copied=built.copied,
            written=built.written,
            seconds=time.monotonic() - request.started,
        ),
        watched=_watched(built, request.config),
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


def _watched(built: Built, config: Config) -> tuple[str, ...]:
    """Return the roots, the configuration, and what was read outside of the roots."""
    roots = [one.path for one in built.roots.roots]
    found = {*roots, *_config_files(config)}
    for path in built.inputs.files():
        if not any(path.startswith(root + os.sep) for root in roots):
            found.add(path)
    return tuple(sorted(found))


def _config_files(config: Config) -> Iterable[str]:
    return (str(config.project / CONFIG_NAME), str(config.project / "pyproject.toml"))


def _save(
    request: RunRequest,
    built: Built,
    result: BuildResult,
    ledger: list[list[str]],
    folder: OutputFolder,
) -> None:
    inputs = built.inputs
    # what only sprites take is read by no step, and its change must not pass unseen
    sources = (one.file.path for one in built.discovery.sources.values())
    for path in (*_config_files(request.config), *sources):
        try:
            inputs.digest(path)
        except OSError:
            inputs.note_absent([path])
    if not request.config.assets.roots:
        usual = [os.path.join(request.config.project, one) for one in USUAL_ROOTS]
        inputs.note_absent(one for one in usual if not os.path.isdir(one))
        inputs.note_absent(
            one
            for one in [os.path.join(request.config.project, "manage.py")]
            if not os.path.exists(one)
        )
    folders = {one.path: (one.mtime_ns, one.inode) for one in built.discovery.folders}
    for path in (*inputs.glob_folders(), *built.roots.looked_at):
        # the project's own folder changes with every log file; usual roots are in "absent"
        if path not in folders and path != str(request.config.project) and os.path.isdir(path):
            stamp = stamp_of(os.stat(path))
            folders[path] = (stamp[1], stamp[2])
    output = result.output
    names = [*files_of(built.manifest.entries.values()), MANIFEST_NAME]
    facts: dict[str, Json] = {
        "output": str(output),
        "found": len(built.discovery.sources),
        "diagnostics": [pack_diagnostic(one) for one in result.diagnostics],
        "watched": [*result.watched],
        "sources": {str(name): file for name, file in built.sources.items()},
        "ledger": [[*one] for one in ledger],
        "variants": digest_plan(built.variants),
        "folders": folder.stat_folders({os.path.dirname(one) for one in names}),
    }
    snapshot = Snapshot(
        stamp=request.stamp,
        taken_ns=built.taken_ns,
        files=inputs.files(),
        absent=inputs.absent(),
        folders=folders,
        outputs=stat_outputs(os.path.join(output, one) for one in sorted(names)),
        facts=facts,
    )
    before = request.state.read_records()
    records = update_records(before, built.records)
    try:
        if records != before:
            request.state.save_records(records)
        request.state.save(snapshot)
    except OSError:
        # the next build is slower, and that is all
        return
