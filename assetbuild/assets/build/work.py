"""Run steps, one after another or in a pool of processes; the order of results is that of the steps.

In: jobs. Out: for each, what it made or what it found wrong. Compilers that hold the GIL want
processes; starting those pays only where there is enough to do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assetbuild.assets.build.finish import FinishOptions, finish_artifact
from assetbuild.assets.build.prepared import Prepared
from assetbuild.assets.bundles.directives import has_directives
from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest
from assetbuild.assets.languages.registry import LANGUAGES
from assetbuild.assets.model import Artifact
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

_MAPPED = frozenset({"css", "js"})  # languages that are only minified
_JOINABLE = frozenset({"text/css", "text/javascript"})
_MAY_JOIN = re.compile(rb"(?:/\*|\*|//|#)=[ \t]*(?:require|include)")

# rough costs, only to decide whether processes pay: a step of a compiler, a byte of text that is
# minified with a source map, and one whose references are looked for
_COMPILER_STEP_S = 0.05
_MINIFIED_BYTE_S = 1e-6
_READ_BYTE_S = 5e-8
_POOL_PAYS_S = 1.0
_TASKS_PER_WORKER = 4  # handed out ahead, so that no worker waits and memory stays bounded


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
        prepared = finish_artifact(artifact, request.source.display, job.finish)
        if artifact.media_type in _JOINABLE and _MAY_JOIN.search(request.content) is not None:
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
    """Runs jobs; the processes and engines it started stay warm until close()."""

    def __init__(self, *, jobs: int, env: Mapping[str, str]) -> None:
        self._jobs = jobs if jobs > 0 else os.cpu_count() or 1
        self._env = dict(env)
        self._host: EngineHost | None = None
        self._executor: Executor | None = None

    def run(
        self, jobs: Sequence[Job], *, on_done: Callable[[int, Outcome], None] | None = None
    ) -> list[Outcome]:
        """Run all jobs and return their outcomes in the order of the jobs.

        ``on_done`` gets each index and outcome in the order they end, in this thread.
        """
        if self._jobs < 2 or len(jobs) < 2:
            return self._run_here(jobs, on_done)
        if self._executor is None and sum(map(estimate_s, jobs)) < _POOL_PAYS_S:
            return self._run_here(jobs, on_done)
        return self._run_in_processes(jobs, on_done)

    def _run_here(
        self, jobs: Sequence[Job], on_done: Callable[[int, Outcome], None] | None
    ) -> list[Outcome]:
        if self._host is None:
            self._host = EngineHost(self._env)
        outcomes = []
        for index, job in enumerate(jobs):
            outcome = run_job(job, self._host)
            outcomes.append(outcome)
            if on_done is not None:
                on_done(index, outcome)
        return outcomes

    def _run_in_processes(
        self, jobs: Sequence[Job], on_done: Callable[[int, Outcome], None] | None
    ) -> list[Outcome]:
        # a build that needs no processes starts without loading what makes them
        import multiprocessing
        from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
        from concurrent.futures.process import BrokenProcessPool

        if self._executor is None:
            # never fork: threads of libraries may hold locks
            self._executor = ProcessPoolExecutor(
                max_workers=self._jobs,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_start_worker,
                initargs=(self._env,),
            )
        outcomes: list[Outcome | None] = [None] * len(jobs)
        # the longest first: a long one that starts last makes everyone wait
        order = sorted(range(len(jobs)), key=lambda one: -estimate_s(jobs[one]))
        pending: dict[Future[Outcome], int] = {}
        try:
            while order or pending:
                while order and len(pending) < self._jobs * _TASKS_PER_WORKER:
                    index = order.pop(0)
                    pending[self._executor.submit(_work, jobs[index])] = index
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    index = pending.pop(future)
                    outcome = outcomes[index] = future.result()
                    if on_done is not None:
                        on_done(index, outcome)
        except BrokenProcessPool:
            # a worker was killed (out of memory, most often): what is left is done here
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
            rest = [one for one, outcome in enumerate(outcomes) if outcome is None]
            tell = None if on_done is None else lambda at, outcome: on_done(rest[at], outcome)
            for index, outcome in zip(
                rest, self._run_here([jobs[i] for i in rest], tell), strict=True
            ):
                outcomes[index] = outcome
        return [one for one in outcomes if one is not None]

    def close(self) -> None:
        """End processes and engines."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None
        if self._host is not None:
            self._host.close()
            self._host = None


class _Worker:
    """What a process of the pool keeps: made by its initializer, before any job."""

    host: EngineHost | None = None


def _start_worker(env: Mapping[str, str]) -> None:
    _Worker.host = EngineHost(env)


def _work(job: Job) -> Outcome:
    assert _Worker.host is not None
    return run_job(job, _Worker.host)
