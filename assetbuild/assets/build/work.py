"""Run steps, one after another or in a pool of processes; the order of results is that of the steps.

In: jobs. Out: for each, what it made or what it found wrong. Compilers that hold the GIL want
processes, and one that loops can be ended only there; for the rest starting those pays only where
there is enough to do.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assetbuild.assets.build.finish import FinishOptions, finish_artifact, wants_origins
from assetbuild.assets.build.origins import add_origins
from assetbuild.assets.build.prepared import Prepared
from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest
from assetbuild.assets.languages.registry import LANGUAGES
from assetbuild.assets.model import Artifact
from assetbuild.cores import count_cores
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error

if TYPE_CHECKING:
    from assetbuild.assets.build.workers import Workers

_MAPPED = frozenset({"css", "js"})  # languages that are only minified
_JOINABLE = frozenset({"text/css", "text/javascript"})
_MAY_JOIN = re.compile(rb"(?:/\*|\*|//|#)=[ \t]*(?:require|include)")

# rough costs, only to decide whether processes pay: a step of a compiler, a byte of text that is
# minified with a source map, and one whose references are looked for
_COMPILER_STEP_S = 0.05
_MINIFIED_BYTE_S = 1e-6
_READ_BYTE_S = 5e-8
_POOL_PAYS_S = 1.0
LIMIT_S = 300.0  # of one source: a compiler that loops must not hang a deploy


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One source to compile, and to finish unless a bundle takes it."""

    request: CompileRequest
    finish: FinishOptions | None  # None: the compiled artifact itself is wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job: exactly one of the three."""

    prepared: Prepared | None = None
    artifact: Artifact | None = None
    diagnostics: tuple[Diagnostic, ...] = ()  # errors


def run_job(job: Job, host: EngineHost) -> Outcome:
    """Compile, and finish where asked; what the user can fix is a value."""
    request = job.request
    try:
        artifact = LANGUAGES[request.source.language].compile(request, host)
        if job.finish is None:
            return Outcome(artifact=artifact)
        if wants_origins(artifact, job.finish):
            artifact = add_origins(artifact, request.source.display, request.search)
        prepared = finish_artifact(artifact, request.source.display, job.finish)
        if artifact.media_type in _JOINABLE and _MAY_JOIN.search(request.content) is not None:
            # loaded where a head may hold one
            from assetbuild.assets.bundles.directives import has_directives

            text = request.content.decode("utf-8", "replace")
            prepared = replace(prepared, has_directives=has_directives(text))
        return Outcome(prepared=prepared)
    except AssetbuildError as failure:
        return Outcome(diagnostics=failure.diagnostics)
    except RecursionError:
        return Outcome(
            diagnostics=(
                error(
                    "build/too-deep",
                    f'"{request.source.display}" is nested too deeply to be read',
                    location=Location(file=request.source.display),
                ),
            )
        )


def estimate_s(job: Job) -> float:
    """Guess how long a job takes, in seconds."""
    source = job.request.source
    language = LANGUAGES[source.language]
    is_mapped = job.finish is not None and job.finish.minify and language.name in _MAPPED
    work = source.size * (_MINIFIED_BYTE_S if is_mapped or language.holds_gil else _READ_BYTE_S)
    return (_COMPILER_STEP_S if language.holds_gil else 0.0) + work


class WorkPool:
    """Runs jobs; the processes and engines it started stay warm until close().

    ``jobs`` = 1 keeps everything in this process, where no time limit can be held.
    """

    def __init__(self, *, jobs: int, env: Mapping[str, str], limit_s: float = LIMIT_S) -> None:
        self._is_here = jobs == 1
        self._count = jobs if jobs > 0 else count_cores()
        self._env = dict(env)
        self._limit_s = limit_s
        self._host: EngineHost | None = None
        self._workers: Workers | None = None

    def run(
        self, jobs: Sequence[Job], *, on_done: Callable[[int, Outcome], None] | None = None
    ) -> list[Outcome]:
        """Run all jobs and return their outcomes in the order of the jobs.

        ``on_done`` gets each index and outcome in the order they end, in this thread.
        """
        estimates = [estimate_s(job) for job in jobs]
        outcomes: list[Outcome | None] = [None] * len(jobs)

        def note(index: int, outcome: Outcome) -> None:
            outcomes[index] = outcome
            if on_done is not None:
                on_done(index, outcome)

        # the longest first: a long one that starts last makes everyone wait
        order = sorted(range(len(jobs)), key=lambda one: -estimates[one])
        here: Sequence[int]
        if self._is_here:
            here, elsewhere = range(len(jobs)), []
        elif sum(estimates) < _POOL_PAYS_S:
            # what may hang goes to a worker also when it is quick
            elsewhere = [one for one in order if _may_hang(jobs[one])]
            here = [one for one in range(len(jobs)) if not _may_hang(jobs[one])]
        else:
            here, elsewhere = (), order
        if elsewhere:
            self._run_elsewhere(jobs, elsewhere, note)
        for index in here:
            if self._host is None:
                self._host = EngineHost(self._env, limit_s=self._limit_s)
            note(index, run_job(jobs[index], self._host))
        return [one for one in outcomes if one is not None]

    def _run_elsewhere(
        self, jobs: Sequence[Job], order: Sequence[int], note: Callable[[int, Outcome], None]
    ) -> None:
        # a build that needs no processes starts without loading what makes them
        from assetbuild.assets.build.workers import WorkerFailure, Workers

        if self._workers is None:
            self._workers = Workers(_make_work, self._env, count=self._count, limit_s=self._limit_s)
        with contextlib.closing(self._workers.run([jobs[index] for index in order])) as answers:
            for at, answer in answers:
                job = jobs[order[at]]
                if isinstance(answer, WorkerFailure):
                    late_s = self._limit_s if answer.is_late else None
                    found = _tell_failure(job, answer.exit_code, late_s)
                    note(order[at], Outcome(diagnostics=(found,)))
                else:
                    note(order[at], answer)

    def close(self) -> None:
        """End processes and engines."""
        if self._workers is not None:
            self._workers.close()
            self._workers = None
        if self._host is not None:
            self._host.close()
            self._host = None


def _may_hang(job: Job) -> bool:
    """Tell whether a compiler runs that knows loops, or whose worst case nobody knows."""
    return LANGUAGES[job.request.source.language].holds_gil


def _tell_failure(job: Job, exit_code: int | None, late_s: float | None) -> Diagnostic:
    source = job.request.source
    if late_s is not None:
        return error(
            "build/time-limit",
            f'compiling "{source.display}" took longer than {late_s:g} s and was ended',
            location=Location(file=source.display),
            hint="look for a loop that does not end, or raise [assets] time-limit",
        )
    how = f"signal {-exit_code}" if exit_code is not None and exit_code < 0 else f"exit {exit_code}"
    return error(
        "build/worker-ended",
        f'the process that compiled "{source.display}" ended before it answered ({how})',
        location=Location(file=source.display),
        hint=_hint_at_end(source.logical, source.language, exit_code),
    )


def _hint_at_end(logical: str, language: str, exit_code: int | None) -> str:
    if exit_code == -9:
        return "signal 9 is most often a lack of memory: try --jobs 2"
    if language == "scss":
        # libsass ends its process at some sources: "@at-root" with a computed selector that ends in
        # a comma and "&" inside (element-theme-chalk)
        return f'''libsass cannot compile it: write [[rule]] glob = "{logical}" options = {{ implementation = "dart-sass" }}'''
    return "build again; if it comes again, please report it with the source"


def _make_work(
    env: Mapping[str, str],
) -> tuple[Callable[[Job], Outcome], Callable[[], None]]:
    host = EngineHost(env)
    return lambda job: run_job(job, host), host.close
