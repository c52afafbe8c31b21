"""Run one function over many values on threads, and stop at the first failure.

In: values, a function. Out: results in the values' order. Errors of workers are joined, one of
each code. Why threads: the work is waiting for a store; the GIL is free meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Executor, ThreadPoolExecutor, wait
from contextlib import nullcontext
from typing import TypeVar

from assetbuild.diagnostics import AssetbuildError, Diagnostic, sort_diagnostics

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def run_all(
    function: Callable[[_In], _Out],
    values: Iterable[_In],
    *,
    workers: int = 1,
    pool: Executor | None = None,
    on_done: Callable[[_In], None] | None = None,
) -> list[_Out]:
    """Return the results in order; ``on_done`` is called by one thread at a time.

    Threads are ``workers`` new ones, or those of ``pool``, which stays open. After a failure no
    further value is begun, and what runs is waited for.
    """
    stop = threading.Event()
    lock = threading.Lock()

    def work(value: _In) -> _Out | None:
        if stop.is_set():
            return None
        try:
            result = function(value)
        except BaseException:
            stop.set()
            raise
        if on_done is not None:
            with lock:
                on_done(value)
        return result

    own = ThreadPoolExecutor(max_workers=max(1, workers)) if pool is None else nullcontext(pool)
    with own as threads:
        futures = [threads.submit(work, value) for value in values]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:
            stop.set()  # Ctrl-C: begin nothing more
            raise
        wait(futures)
    failures = [one.exception() for one in futures]
    for failure in failures:
        if failure is not None and not isinstance(failure, AssetbuildError):
            raise failure
    found = [one for one in failures if isinstance(one, AssetbuildError)]
    if found:
        raise AssetbuildError(*_one_of_each(found))
    return [one.result() for one in futures]  # type: ignore[misc]


def _one_of_each(failures: Iterable[AssetbuildError]) -> tuple[Diagnostic, ...]:
    """Keep the first of each code: sixteen workers meet the same closed door."""
    by_code: dict[str, Diagnostic] = {}
    for item in sort_diagnostics(one for failure in failures for one in failure.diagnostics):
        by_code.setdefault(item.code, item)
    return tuple(by_code.values())
