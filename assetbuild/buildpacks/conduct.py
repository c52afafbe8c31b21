"""Conduct the chain: run every pack in order and fold what each did (docs/explanation/chain.md).

In: fetched packs and a Workplace. Out: a ChainState; a failing pack is a value in it.
Refuses to know: where the packs came from, and what happens to the assets afterwards.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assetbuild.buildpacks.chain import (
    PROFILE_FOLDER,
    ChainPack,
    ChainState,
    Outcome,
    PackResult,
    cache_folder,
    cache_unusable,
    find_overwritten,
    fold_result,
    script_failed,
)
from assetbuild.buildpacks.changes import diff_snapshots, measure_tree, take_snapshot
from assetbuild.buildpacks.hints import find_full_disk, find_hint
from assetbuild.buildpacks.release import Release, parse_release
from assetbuild.buildpacks.report import parse_pack_report
from assetbuild.buildpacks.run import (
    Answer,
    Workplace,
    ask_script,
    evaluate_export,
    has_script,
    prepare_pack,
    run_script,
    write_env_dir,
)
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.environ import EnvPatch
from assetbuild.files import atomic_write
from assetbuild.globs import compile_glob
from assetbuild.reporting import Reporter
from assetbuild.streams import Streamed
from assetbuild.trees import remove_tree

Mode = Literal["compile", "test-compile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What a pack's detect said of the app."""

    applies: bool  # exit code 0
    name: str  # first line of its stdout, may be empty
    done: Streamed  # how it ended


def run_chain(
    packs: Sequence[ChainPack], place: Workplace, reporter: Reporter, *, mode: Mode = "compile"
) -> ChainState:
    """Run all packs in order, until one fails.

    Errors: ``pack/no-script`` of all packs together, before any of them runs.
    """
    lacking = [one for pack in packs for one in prepare_pack(pack)]
    if lacking:
        raise AssetbuildError(*sort_diagnostics(lacking))
    forget_caches(packs, place)
    state = ChainState()
    before = take_snapshot(place.build_dir)
    for pack in packs:
        result = _PackRun(pack, place, reporter, state, mode).run()
        after = take_snapshot(place.build_dir)
        changes = diff_snapshots(before, after)
        overwritten = find_overwritten(changes, state.owners, title=result.title)
        result = dataclasses.replace(result, changes=changes, overwritten=overwritten)
        before = after
        for path, owner in overwritten:
            reporter.detail(f"{result.title} wrote over {path} of {owner}")
        state = fold_result(state, result)
        if result.outcome is Outcome.FAILED:
            break
    return state


def ask_detect(pack: ChainPack, place: Workplace, *, env: dict[str, str]) -> Detected:
    """Run a pack's detect."""
    answer = ask_script(pack, place, "detect", (place.seen_folder_of(pack),), env=env)
    first = answer.data.decode("utf-8", "replace").strip().partition("\n")[0].strip()
    return Detected(applies=answer.done.exit_code == 0, name=first[:80], done=answer.done)


def find_reason_to_skip(pack: ChainPack, place: Workplace) -> str | None:
    """Return why a pack's condition keeps it from running, or None."""
    if pack.when_file is None:
        return None
    glob = compile_glob(pack.when_file)
    folder = place.folder_of(pack)
    start = folder / glob.base if glob.base else folder
    if (folder / pack.when_file).is_file():
        return None
    if start.is_dir() and any(
        path.is_file() and glob.matches(path.relative_to(folder).as_posix())
        for path in start.rglob("*")
    ):
        return None
    return f'no file matches "{pack.when_file}"'


def forget_caches(packs: Sequence[ChainPack], place: Workplace) -> None:
    """Remove the own caches of packs that are no longer in the chain, and of other stacks."""
    kept = {cache_folder(pack, stack=place.machine.stack) for pack in packs}
    folder = place.cache_dir / "packs"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if f"packs/{path.name}" not in kept:
            remove_tree(path)


class _Failed(Exception):
    """Ends the run of one pack; becomes its result."""

    def __init__(self, failure: Diagnostic, tail: tuple[str, ...] = ()) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.tail = tail


class _PackRun:
    """One pack: detect, compile, export, release, report."""

    def __init__(
        self,
        pack: ChainPack,
        place: Workplace,
        reporter: Reporter,
        state: ChainState,
        mode: Mode,
    ) -> None:
        self._pack = pack
        self._place = place
        self._reporter = reporter
        self._mode = mode
        self._env = state.env.apply(place.base_env)
        self._result = PackResult(pack=pack, outcome=Outcome.APPLIED)

    def run(self) -> PackResult:
        try:
            reason = self._skip_reason()
            if reason is not None:
                self._note(outcome=Outcome.SKIPPED, skipped_for=reason)
                self._reporter.step(f"{self._pack.label}: skipped, {reason}")
                return self._result
            cache, env_dir = self._open_folders()
        except _Failed as stop:
            return self._fail(stop)
        arguments = (self._place.seen_folder_of(self._pack), str(cache), str(env_dir))
        size = measure_tree(cache)
        try:
            self._compile(arguments)
            self._fold_export()
            self._ask_release()
        except _Failed as stop:
            self._fail(stop)
        except AssetbuildError as stop:
            self._fail(_Failed(stop.diagnostics[0]))
        grown = measure_tree(cache)
        self._note(cache_bytes=grown, cache_growth=grown - size)
        self._ask_report(arguments)
        return self._result

    def _skip_reason(self) -> str | None:
        pack, place = self._pack, self._place
        if not place.folder_of(pack).is_dir():
            raise _Failed(
                error(
                    "pack/no-folder",
                    f'pack "{pack.label}" should work on "{pack.dir or place.build_dir}", '
                    "which is not there",
                    hint="an earlier pack may have removed it",
                )
            )
        reason = find_reason_to_skip(pack, place)
        if reason is not None:
            return reason
        found = ask_detect(pack, place, env=self._env)
        self._note(name=found.name, detect_s=found.done.seconds, strays=found.done.strays)
        if found.applies:
            return None
        if pack.is_optional and not found.done.is_timed_out and not found.done.is_missing:
            return "its detect says no"
        for line in found.done.tail:
            self._reporter.output(line)
        if found.done.is_timed_out or found.done.exit_code != 1:
            raise _Failed(self._explain("detect", found.done), found.done.tail)
        raise _Failed(
            error(
                "pack/not-detected",
                f'pack "{pack.label}" does not apply to this app: its bin/detect says no',
                # a script that could not write its answer says no as well
                hint=find_full_disk(place)
                or "take it off the list, or write optional = true in its [[buildpack]] table",
            ),
            found.done.tail,
        )

    def _open_folders(self) -> tuple[Path, Path]:
        place = self._place
        try:
            cache = place.cache_dir / cache_folder(self._pack, stack=place.machine.stack)
            cache.mkdir(parents=True, exist_ok=True)
            return cache, write_env_dir(self._pack, place)
        except OSError as failure:
            raise _Failed(cache_unusable(place.cache_dir, failure)) from failure

    def _compile(self, arguments: tuple[str, str, str]) -> None:
        pack, place = self._pack, self._place
        script: str = self._mode
        if script == "test-compile" and not has_script(pack, script):
            script = "compile"
        self._reporter.step(f"{self._result.title} ({pack.label})")
        done = run_script(
            pack, place, script, arguments, env=self._env, on_line=self._reporter.output
        )
        self._note(compile_s=done.seconds, strays=(*self._result.strays, *done.strays))
        self._tell_strays(self._result.strays)
        if done.exit_code != 0 or done.is_timed_out:
            raise _Failed(self._explain(script, done), done.tail)
        if not place.build_dir.is_dir():
            raise _Failed(
                error(
                    "pack/removed-build-dir",
                    f'pack "{pack.label}" removed BUILD_DIR itself',
                    hint="let it empty that folder instead: what the next packs get is gone",
                )
            )
        relocate_profile(pack, place)

    def _tell_strays(self, strays: tuple[str, ...]) -> None:
        if strays:
            names = ", ".join(sorted(set(strays)))
            self._reporter.detail(f"{self._result.title} left running, now ended: {names}")

    def _explain(self, script: str, done: Streamed) -> Diagnostic:
        failure = script_failed(
            self._pack,
            script,
            exit_code=done.exit_code,
            seconds=done.seconds,
            is_timed_out=done.is_timed_out,
        )
        hint = find_hint(self._pack, self._place, done.tail)
        return failure if hint is None else dataclasses.replace(failure, hint=hint)

    def _fold_export(self) -> None:
        exported = evaluate_export(self._pack, self._place, env=self._env)
        for one in exported.warnings:
            self._reporter.diagnostic(one)
        self._tell_strays(exported.strays)
        self._note(
            env=exported.env,
            warnings=(*self._result.warnings, *exported.warnings),
            strays=(*self._result.strays, *exported.strays),
        )

    def _ask_release(self) -> None:
        pack = self._pack
        if not has_script(pack, "release"):
            return
        answer = self._ask("release", (self._place.seen_folder_of(pack),))
        if answer.done.exit_code != 0:
            raise _Failed(self._explain("release", answer.done), answer.done.tail)
        release: Release = parse_release(answer.data, pack=self._result.title)
        self._note(release=release)

    def _ask(self, script: str, arguments: tuple[str, ...]) -> Answer:
        return ask_script(self._pack, self._place, script, arguments, env=self._env)

    def _ask_report(self, arguments: tuple[str, str, str]) -> None:
        # after success or failure, and without the export of this pack; its failure is ignored
        if has_script(self._pack, "report"):
            answer = self._ask("report", arguments)
            if answer.done.exit_code == 0:
                self._note(report=parse_pack_report(answer.data))

    def _fail(self, stop: _Failed) -> PackResult:
        # what it exported and released does not count
        self._note(
            outcome=Outcome.FAILED,
            failure=stop.failure,
            tail=stop.tail,
            env=EnvPatch(),
            release=None,
        )
        return self._result

    def _note(self, **changes: object) -> None:
        self._result = dataclasses.replace(self._result, **changes)  # type: ignore[arg-type]


def relocate_profile(pack: ChainPack, place: Workplace) -> None:
    """Let a pack that works in a folder be heard at boot, when only the root's .profile.d is read.

    Each of its scripts gets one at the root that sources it with HOME in the folder, since packs
    write ``$HOME/.heroku/…`` for what they installed.
    """
    if not pack.dir:
        return
    folder = place.folder_of(pack) / PROFILE_FOLDER
    word = pack.dir.replace("/", "-")
    for script in sorted(folder.glob("*.sh")):
        inner = shlex.quote(f"{pack.dir}/{PROFILE_FOLDER}{script.name}")
        atomic_write(
            place.build_dir / PROFILE_FOLDER / f"{word}-{script.name}",
            (
                '_assetbuild_home="$HOME"\n'
                f'export HOME="$HOME"/{shlex.quote(pack.dir)}\n'
                f'source "$_assetbuild_home"/{inner}\n'
                'export HOME="$_assetbuild_home"\n'
                "unset _assetbuild_home\n"
            ).encode(),
        )
