"""Build a slug: fetch the packs, run them, build the assets, write what the platform reads.

In: folders, the environment of our process, a reporter. Out: a BuiltSlug; the report is written
on failure too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.roots import find_roots
from assetbuild.buildpacks.asset_step import (
    RECORD_NAME,
    choose_build_vars,
    render_record,
    run_asset_build,
    warn_missing,
)
from assetbuild.buildpacks.chain import (
    ChainPack,
    ChainState,
    cache_unusable,
    decide_chain_release,
    explain_exit,
)
from assetbuild.buildpacks.changes import take_snapshot
from assetbuild.buildpacks.conduct import Mode, run_chain
from assetbuild.buildpacks.exports import render_export
from assetbuild.buildpacks.owners import APP, OWNERS_NAME, find_builder, render_owners
from assetbuild.buildpacks.place import PlaceRequest, open_place
from assetbuild.buildpacks.procfile import add_release
from assetbuild.buildpacks.release import Release, ReleaseDecision, render_release
from assetbuild.buildpacks.report import build_report, render_table
from assetbuild.buildpacks.run import Workplace
from assetbuild.buildpacks.runtime import PATH_FILE
from assetbuild.buildpacks.runtime_files import install_runtime
from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, warning
from assetbuild.disk import try_write
from assetbuild.environ import EnvPatch
from assetbuild.files import atomic_write
from assetbuild.jobs.packs import STORE_FOLDER, LoadPacks, PackSource, make_loader
from assetbuild.jobs.previous import STORE_NAME, keep_releases
from assetbuild.jsontype import Json
from assetbuild.reporting import Reporter
from assetbuild.sizes import format_size
from assetbuild.trees import remove_tree

REPORT_NAME = "build-report.json"
RELEASE_NAME = "release.yml"
EXPORT_NAME = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRequest:
    """What to build, and where the chain's own state goes."""

    place: PlaceRequest  # folders, stack, isolation
    state_dir: Path | None = (
        None  # receives export, release.yml and the report; None: only the cache
    )
    mode: Mode = "compile"  # or test-compile
    origin: Path | None = None  # folder that relative packs are looked up in; None: build_dir
    load: LoadPacks | None = None  # how packs are listed and fetched; None: by the app's list
    is_offline: bool = False  # fetch nothing: the store has it
    is_locked: bool = False  # a list that differs from its lock stops the build


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltSlug:
    """How a build ended."""

    report: Mapping[str, Json]  # the build report
    release: Release  # what the chain asks of the platform
    env: EnvPatch  # what the packs exported
    failures: tuple[Diagnostic, ...]  # empty: it ended well

    @property
    def ok(self) -> bool:
        return not self.failures


def build_slug(request: ChainRequest, *, host: Mapping[str, str], reporter: Reporter) -> BuiltSlug:
    """Run the whole chain and the asset build on a folder.

    Errors: AssetbuildError for what is wrong before the first pack runs.
    """
    started = time.monotonic()
    _open_folders(request)
    # read once: a pack may empty the folder (docs/explanation/packs.md, rule 5)
    config = load_config(request.place.build_dir)
    with open_place(request.place, host=host, reporter=reporter) as place:
        packs = _load(request, config, place, host, reporter)
        state = run_chain(packs, place, reporter, mode=request.mode)
        decision = decide_chain_release(state, config.chain.release)
        failures: tuple[Diagnostic, ...] = ()
        assets: dict[str, Json] | None = None
        if state.failed is not None:
            assert state.failed.failure is not None
            failures = (state.failed.failure,)
        else:
            _tell_release(decision, reporter)
            assets, failures = _build_assets(
                place, state, config, reporter, cache_dir=request.place.cache_dir
            )
        if not failures:
            if assets is not None:
                _write_release_entry(place.build_dir, reporter)
                _write_runtime(place.build_dir, host, reporter)
            # last: it says whose all of the slug is
            _write_owners(place.build_dir, state, config)
    report = build_report(
        state,
        stack=place.machine.stack,
        release=decision,
        assets=assets,
        failures=failures,
        seconds=time.monotonic() - started,
    )
    try:
        _write_state(request, state, decision, report)
    except OSError as failure:  # what a full disk has no room for any more
        failures = (*failures, cache_unusable(request.place.cache_dir, failure))
    _tell_end(state, failures, report, reporter)
    return BuiltSlug(report=report, release=decision.release, env=state.env, failures=failures)


def _open_folders(request: ChainRequest) -> None:
    """Make the cache folder and forget the answers of the build before.

    Errors: ``chain/cache-unusable``, before anything else is done.
    """
    folder = request.place.cache_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # else a build that stops before its report would be told by the one before
        remove_tree(folder / REPORT_NAME)
        if request.state_dir is not None:
            for name in (REPORT_NAME, RELEASE_NAME, EXPORT_NAME):
                remove_tree(request.state_dir / name)
        try_write(folder)
    except OSError as failure:
        raise AssetbuildError(cache_unusable(folder, failure)) from None


def _load(
    request: ChainRequest,
    config: Config,
    place: Workplace,
    host: Mapping[str, str],
    reporter: Reporter,
) -> tuple[ChainPack, ...]:
    load = request.load or make_loader(
        PackSource(
            store=request.place.cache_dir / STORE_FOLDER,
            host=host,
            reporter=reporter,
            is_offline=request.is_offline,
            is_locked=request.is_locked,
        )
    )
    packs = load(request.origin or request.place.build_dir, config, place.work_dir / "packs")
    if not packs:
        reporter.diagnostic(
            warning(
                "chain/no-packs",
                "no buildpack is listed, so only the assets are built",
                hint="name them in .buildpacks, one a line, or as [[buildpack]] in assetbuild.toml",
            )
        )
    return packs


def _tell_release(decision: ReleaseDecision, reporter: Reporter) -> None:
    if decision.winner is not None:
        reporter.step(f"Release: rule {decision.rule}, {decision.winner} is asked")
    elif decision.release.process_types or decision.dropped:
        reporter.step(f"Release: rule {decision.rule}, the packs' releases are united")
    for line in decision.dropped:
        reporter.detail(f"dropped: {line}")


def _build_assets(
    place: Workplace, state: ChainState, config: Config, reporter: Reporter, *, cache_dir: Path
) -> tuple[dict[str, Json] | None, tuple[Diagnostic, ...]]:
    reporter.step("Assets")
    if not _has_sources(place.build_dir):
        reporter.detail("there is no folder of sources, so there is nothing to build")
        return None, ()
    chosen = choose_build_vars(place.config_vars, config.env.build)
    for one in warn_missing(chosen):
        reporter.diagnostic(one)
    if chosen.values:
        reporter.detail(f"config vars that go into the assets: {', '.join(chosen.values)}")
    done = run_asset_build(place, state, chosen, on_line=reporter.output)
    if done.exit_code != 0 or done.is_timed_out:
        failure = error(
            "chain/assets-failed",
            f"the assets were not built: {explain_exit(done.exit_code)}",
            hint="the errors are in the lines above; try it locally: assetbuild compile",
        )
        return None, (failure,)
    from assetbuild.assets.manifest import MANIFEST_NAME, parse_manifest  # heavy: the asset model

    output = place.build_dir / config.assets.output
    path = output / MANIFEST_NAME
    if not path.is_file():
        return None, ()
    manifest = parse_manifest(path.read_bytes(), file=f"{config.assets.output}/{MANIFEST_NAME}")
    atomic_write(output / RECORD_NAME, render_record(chosen))
    keep_releases(output, cache_dir / STORE_NAME, config, reporter)
    return {
        "files": len(manifest.entries),
        "bytes": sum(one.size for one in manifest.entries.values()),
        "seconds": round(done.seconds, 3),
        "env": [*chosen.values],
    }, ()


def _has_sources(build_dir: Path) -> bool:
    """Tell whether there is anything to build now, after the packs; what is wrong is told later."""
    try:
        find_roots(load_config(build_dir))
    except AssetbuildError as stop:
        return any(one.code != "discover/no-roots" for one in stop.diagnostics)
    return True


def _write_owners(build_dir: Path, state: ChainState, config: Config) -> None:
    """Write whose each folder of the slug is, for ``slug report``."""
    output = config.assets.output.strip("/") + "/"
    owners = {
        path: find_builder(path, output) or state.owners.get(path, APP)
        for path in take_snapshot(build_dir)
        # one line in a folder of the pack's: naming its owner would name every folder beside it
        if not path.endswith(f"/{PATH_FILE}")
    }
    atomic_write(build_dir / OWNERS_NAME, render_owners(owners))


def _write_runtime(build_dir: Path, host: Mapping[str, str], reporter: Reporter) -> None:
    report = install_runtime(build_dir, env=host)
    parts = f"assetbuild {format_size(report.library_bytes)}"
    if report.interpreter_bytes:
        parts += f", interpreter {format_size(report.interpreter_bytes)}"
    reporter.detail(f"release phase: Python {report.python}, {parts}")


def _write_release_entry(build_dir: Path, reporter: Reporter) -> None:
    procfile = build_dir / "Procfile"
    text = procfile.read_bytes().decode("utf-8", "replace") if procfile.is_file() else None
    entry = add_release(text)
    if entry.text is not None:
        atomic_write(procfile, entry.text.encode())
        reporter.detail("Procfile: release runs assetbuild upload")
    if entry.advice is not None:
        reporter.detail(
            f"Procfile has a release of its own; to publish the assets before it, write\n{entry.advice}"
        )


def _write_state(
    request: ChainRequest,
    state: ChainState,
    decision: ReleaseDecision,
    report: Mapping[str, Json],
) -> None:
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    atomic_write(request.place.cache_dir / REPORT_NAME, text.encode())
    if request.state_dir is not None:
        atomic_write(request.state_dir / REPORT_NAME, text.encode())
        atomic_write(request.state_dir / RELEASE_NAME, render_release(decision.release).encode())
        atomic_write(request.state_dir / EXPORT_NAME, render_export(state.env).encode())


def _tell_end(
    state: ChainState,
    failures: tuple[Diagnostic, ...],
    report: Mapping[str, Json],
    reporter: Reporter,
) -> None:
    reporter.step("Build report")
    reporter.detail(render_table(report))
    for one in failures:
        reporter.diagnostic(one)
    failed = state.failed
    if failed is not None and failed.tail:
        reporter.detail(f"the last lines of {failed.title}:")
        for line in failed.tail:
            reporter.detail(f"| {line}")
