"""Worker processes, one job each at a time, so that a hanging compiler can be ended by its name.

In: a function that makes the worker's own function, items to send. Out: for each item an answer, or
how its worker failed. libsass and QuickJS hold the GIL while they work and hear no signal: only
another process can limit their time. Refuses to know: what the items are.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from assetbuild.descendants import die_with_parent

# (arguments) -> the function that works, and the one that ends what it keeps warm
MakeWork = Callable[[Any], tuple[Callable[[Any], Any], Callable[[], None]]]


_READY = "ready"  # the first answer of a worker, which is to no item
_LOADING_S = 60.0  # more than loading the compilers takes on any machine
_END_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFailure:
    """An item whose worker gave no answer."""

    is_late: bool  # it was ended at the time limit; False: it ended by itself
    exit_code: int | None  # of the worker; negative: the signal


class Workers:
    """Processes that stay warm until close(); not for several threads at once."""

    def __init__(self, make_work: MakeWork, argument: object, *, count: int, limit_s: float):
        self._make_work = make_work
        self._argument = argument
        self._count = count
        self._limit_s = limit_s
        self._idle: list[_Worker] = []

    def run(self, items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
        """Yield (index, answer or WorkerFailure) in the order they end; items begin in order."""
        waiting = list(enumerate(items))[::-1]
        busy: dict[Connection, _Worker] = {}
        try:
            while waiting or busy:
                while waiting and len(busy) < self._count:
                    worker = self._idle.pop() if self._idle else self._start()
                    worker.send(*waiting.pop())
                    busy[worker.connection] = worker
                ends = min(one.ends(self._limit_s) for one in busy.values())
                ready = wait([*busy], timeout=max(0.0, ends - time.monotonic()))
                if not ready:
                    late = [one for one in busy.values() if one.is_late(self._limit_s)]
                    for worker in late:
                        del busy[worker.connection]
                        yield worker.index, WorkerFailure(is_late=True, exit_code=worker.end())
                for connection in ready:
                    worker = busy.pop(connection)  # type: ignore[call-overload]  # all are ours
                    index, answer = worker.index, worker.receive()
                    if answer == _READY:
                        busy[worker.connection] = worker
                        continue
                    if isinstance(answer, WorkerFailure):
                        yield index, answer
                        continue
                    if waiting:
                        # before the answer is worked on, so that the worker need not wait
                        worker.send(*waiting.pop())
                        busy[worker.connection] = worker
                    else:
                        self._idle.append(worker)
                    yield index, answer
        finally:
            for worker in busy.values():
                worker.end()

    def close(self) -> None:
        """End the processes."""
        for worker in self._idle:
            worker.dismiss()
        for worker in self._idle:
            worker.end()
        self._idle.clear()

    def _start(self) -> _Worker:
        # a fork is ready in milliseconds, but other threads may hold locks in that moment
        method = "fork" if _is_single_threaded() else "spawn"
        context = multiprocessing.get_context(method)
        ours, theirs = context.Pipe()
        process: BaseProcess = context.Process(  # type: ignore[attr-defined]  # of each context
            target=_serve, args=(theirs, os.getpid(), self._make_work, self._argument), daemon=True
        )
        process.start()
        theirs.close()
        return _Worker(process, ours)


class _Worker:
    def __init__(self, process: BaseProcess, connection: Connection):
        self.connection = connection
        self.index = -1
        self.started = 0.0
        self._process = process
        self._is_ready = False

    def send(self, index: int, item: object) -> None:
        self.index = index
        self.started = time.monotonic()
        with contextlib.suppress(OSError):  # it ended: receive() tells
            self.connection.send(item)

    def receive(self) -> Any:
        try:
            answer = self.connection.recv()
        except (EOFError, OSError):
            self._process.join(_END_S)  # its pipe ends before it does
            return WorkerFailure(is_late=False, exit_code=self.end())
        if answer == _READY:
            self._is_ready = True
            self.started = time.monotonic()
        return answer

    def ends(self, limit_s: float) -> float:
        """Return when the time of what it does is over; loading is no item's time."""
        return self.started + limit_s + (0.0 if self._is_ready else _LOADING_S)

    def is_late(self, limit_s: float) -> bool:
        return time.monotonic() >= self.ends(limit_s)

    def dismiss(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.send(None)
            self.index = -1

    def end(self) -> int | None:
        """Wait a moment for a worker that was dismissed or ended; kill any other."""
        self._process.join(_END_S if self.index < 0 else 0.05)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self.connection.close()
        return self._process.exitcode


def _serve(connection: Connection, parent: int, make_work: MakeWork, argument: object) -> None:
    """Answer items until None or the end of the pipe."""
    die_with_parent(parent)
    # the parent hears Ctrl-C, and that its terminal is gone, and ends us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    work, close = make_work(argument)
    try:
        connection.send(_READY)
        while (item := connection.recv()) is not None:
            connection.send(work(item))
    except (EOFError, OSError):
        pass  # the parent is gone
    finally:
        close()


def _is_single_threaded() -> bool:
    if sys.platform != "linux":
        return False  # frameworks of macOS do not survive a fork
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False
