"""The only user of ``subprocess``: run a command with explicit argv, environment, folder and limit.

In: a Command. Out: a Completed or a Streamed (a failing command is a value, not an exception).
Refuses to know: what the commands mean, and the environment of this process.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from assetbuild.descendants import adopted_orphans, end_strays, list_children
from assetbuild.lines import LineCutter


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to run; nothing is inherited but what stands here."""

    argv: tuple[str, ...]  # program and arguments, never a shell line
    cwd: Path  # working folder
    env: Mapping[str, str]  # the whole environment of the child
    timeout_s: float | None = (
        None  # seconds until the whole process group is killed; None: no limit
    )
    stdin: bytes = b""  # what the program reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a command ended."""

    exit_code: int  # negative: killed by that signal
    stdout: bytes  # everything it printed
    stderr: bytes  # everything it complained
    seconds: float  # wall time
    is_timed_out: bool = False  # the limit ended it
    is_missing: bool = False  # the program could not be started; stderr says why

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of stderr, or of stdout where stderr is empty, as text."""
        text = (self.stderr.strip() or self.stdout.strip()).decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-lines:])


def _spawn(command: Command, *, stdin: int, stderr: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=dict(command.env),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        # a session of its own: a limit ends grandchildren too, and an interrupt is ours to pass on
        start_new_session=True,
    )


def run(command: Command) -> Completed:
    """Run a command to its end and collect its output."""
    started = time.monotonic()
    try:
        child = _spawn(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as failure:
        return Completed(
            exit_code=127,
            stdout=b"",
            stderr=str(failure).encode(),
            seconds=time.monotonic() - started,
            is_missing=True,
        )
    timed_out = False
    with child:
        try:
            out, err = child.communicate(command.stdin, timeout=command.timeout_s)
        except subprocess.TimeoutExpired:
            timed_out = True
            kill_group(child.pid)
            out, err = child.communicate()
        except BaseException:
            kill_group(child.pid)
            raise
    return Completed(
        exit_code=child.returncode,
        stdout=out,
        stderr=err,
        seconds=time.monotonic() - started,
        is_timed_out=timed_out,
    )


def kill_group(pid: int) -> None:
    """End every process of the group that ``pid`` leads; a group that is gone is fine."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


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
        child: subprocess.Popen[bytes] | None = None
        pump: _Pump | None = None
        try:
            # one pipe: the only way to keep the order in which the two were written
            child = _spawn(command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
            pump = _Pump(child, on_line=on_line, keep=keep)
            timed_out = pump.run_until_exit(command.timeout_s)
            if timed_out:
                _end_politely(child)
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

    def __init__(
        self, child: subprocess.Popen[bytes], *, on_line: Callable[[str], None], keep: int
    ) -> None:
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


def _end_politely(child: subprocess.Popen[bytes], *, grace_s: float = 2.0) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        kill_group(child.pid)
        child.wait()


class WorkerEndedError(Exception):
    """A worker ended, or did not answer in time; the text says which."""


class Worker:
    """A child that is spoken to over its stdin and stdout until it is closed.

    Its stderr is discarded: what it has to say stands in its answers. One thread at a time.
    """

    def __init__(self, argv: tuple[str, ...], *, cwd: Path, env: Mapping[str, str]) -> None:
        try:
            self._child = _spawn(
                Command(argv=argv, cwd=cwd, env=env),
                stdin=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as failure:
            raise WorkerEndedError(f"{argv[0]} cannot be started: {failure}") from failure

    def send(self, data: bytes) -> None:
        """Write all of the data. Errors: WorkerEndedError."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(data)
            self._child.stdin.flush()
        except (OSError, ValueError) as failure:  # ValueError: it was closed
            raise WorkerEndedError(self._tell_end()) from failure

    def receive(self, *, timeout_s: float) -> bytes:
        """Return some bytes, at least one, as soon as there are any. Errors: WorkerEndedError."""
        assert self._child.stdout is not None
        if self._child.stdout.closed:
            raise WorkerEndedError(self._tell_end())
        channel = self._child.stdout.fileno()
        ready, _, _ = select.select([channel], [], [], timeout_s)
        if not ready:
            self.close()
            raise WorkerEndedError(f"no answer within {timeout_s:g} s")
        chunk = os.read(channel, 1 << 16)
        if not chunk:
            raise WorkerEndedError(self._tell_end())
        return chunk

    def _tell_end(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=2)
        return f"the worker ended with exit code {self._child.returncode}"

    def close(self) -> None:
        """End the child at once."""
        kill_group(self._child.pid)
        # a broken pipe is no news about a child that is being ended
        with contextlib.suppress(BrokenPipeError), self._child:
            self._child.wait()


def replace_process(argv: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Become another program: same process, its exit code is ours. Errors: OSError."""
    os.execvpe(argv[0], list(argv), dict(env))


@contextlib.contextmanager
def running_beside(command: Command, *, on_line: Callable[[str], None]) -> Iterator[None]:
    """Run a command while the block runs and pass its lines on; end it, and its group, after it.

    A command that ends by itself, or cannot be started, is told by a last line.
    """
    try:
        child = _spawn(command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    except OSError as failure:
        on_line(f"{command.argv[0]}: {failure.strerror}")
        yield
        return
    is_ending = threading.Event()

    def follow() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            on_line(line.decode("utf-8", "replace").rstrip("\n"))
        if not is_ending.is_set():
            on_line(f"{command.argv[0]} ended with exit code {child.wait()}")

    thread = threading.Thread(target=follow, name="beside", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_ending.set()
        _end_politely(child)
        kill_group(child.pid)
        thread.join(timeout=2.0)
        assert child.stdout is not None
        child.stdout.close()
