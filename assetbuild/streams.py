"""Run a command and pass its output on, line by line, as it comes.

In: a Command, a callback. Out: a Streamed. Refuses to know: what the lines say.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from assetbuild.descendants import adopted_orphans, end_strays, list_children
from assetbuild.lines import LineCutter
from assetbuild.process import Child, Command, Pipe, end_politely, kill_group, start


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """How a command ended whose output was passed on as it came."""

    exit_code: int  # negative: killed by that signal; 127: could not be started
    tail: tuple[str, ...]  # its last lines, oldest first
    seconds: float  # wall time
    is_timed_out: bool = False  # the limit ended it
    is_missing: bool = False  # the program could not be started; tail says why
    strays: tuple[str, ...] = ()  # names of processes it left behind, which were ended


def stream(
    command: Command, *, on_line: Callable[[str], None], keep: int = 20, ends_strays: bool = False
) -> Streamed:
    """Run a command and pass each line of its output on at once, stdout and stderr as they mix.

    Memory is bounded whatever it prints; standard input is empty; ``keep`` lines are returned.
    ``ends_strays`` also ends what it left running, daemons included: only for a process that
    has no other work in other threads, since every unknown descendant is taken for a stray.
    """
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        known: frozenset[int] = frozenset()
        if ends_strays:
            stack.enter_context(adopted_orphans())
            known = list_children(os.getpid())
        child: Child | None = None
        pump: _Pump | None = None
        try:
            child = start(command, stdin=Pipe.NOWHERE, stderr=Pipe.WITH_STDOUT)
            pump = _Pump(child, on_line=on_line, keep=keep)
            timed_out = pump.run_until_exit(command.timeout_s)
            if timed_out:
                end_politely(child)
        except BaseException as failure:
            if child is not None:
                kill_group(child.pid)
                child.wait()
            # an interrupt that comes while it is being started leaves a child that only this finds
            if ends_strays:
                end_strays(known, grace_s=0.0)
            if pump is not None:
                pump.close()
            if child is None and isinstance(failure, OSError):
                return Streamed(
                    exit_code=127,
                    tail=(str(failure),),
                    seconds=time.monotonic() - started,
                    is_missing=True,
                )
            raise
        strays = end_strays(known) if ends_strays else ()
        kill_group(child.pid)
        pump.drain()
    return Streamed(
        exit_code=child.returncode,
        tail=tuple(pump.tail),
        seconds=time.monotonic() - started,
        is_timed_out=timed_out,
        strays=strays,
    )


class _Pump:
    """Moves a child's output to a callback, line by line."""

    def __init__(self, child: Child, *, on_line: Callable[[str], None], keep: int) -> None:
        assert child.stdout is not None
        self._child = child
        self._pipe = child.stdout
        self._on_line = on_line
        self._cutter = LineCutter()
        self._is_open = True
        self.tail: deque[str] = deque(maxlen=keep)
        os.set_blocking(self._pipe.fileno(), False)

    def run_until_exit(self, timeout_s: float | None) -> bool:
        """Pump until the child itself ended (others may hold its pipe); True: the limit passed."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
            selector.register(self._pipe, selectors.EVENT_READ)
            longest: float | None = 0.05
            if hasattr(os, "pidfd_open"):
                with contextlib.suppress(OSError):  # a kernel before 5.3
                    exit_fd = os.pidfd_open(self._child.pid)
                    stack.callback(os.close, exit_fd)
                    selector.register(exit_fd, selectors.EVENT_READ)
                    longest = None
            while self._child.poll() is None:
                wait = longest
                if deadline is not None:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        return True
                    wait = left if wait is None else min(wait, left)
                for key, _ in selector.select(wait):
                    if key.fileobj is self._pipe and not self._read():
                        selector.unregister(self._pipe)
        return False

    def drain(self) -> None:
        """Pass on what is still in the pipe, for a second at most, and close it."""
        deadline = time.monotonic() + 1.0
        while self._is_open and time.monotonic() < deadline:
            if not self._read(is_last=True):
                break
        for line in self._cutter.finish():
            self._tell(line)
        self.close()

    def close(self) -> None:
        self._pipe.close()

    def _read(self, *, is_last: bool = False) -> bool:
        try:
            data = os.read(self._pipe.fileno(), 65_536)
        except BlockingIOError:
            return not is_last
        if not data:
            self._is_open = False
            return False
        for line in self._cutter.feed(data):
            self._tell(line)
        return True

    def _tell(self, line: str) -> None:
        self.tail.append(line)
        self._on_line(line)
