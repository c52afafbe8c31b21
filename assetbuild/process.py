"""The only user of ``subprocess``: start a command with explicit argv, environment, folder and limit.

In: a Command. Out: a Completed (a failing command is a value, not an exception), or a Child.
Refuses to know: what the commands mean, and the environment of this process.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

Child = subprocess.Popen[bytes]
"""A process that was started and may still run."""


class Pipe(enum.Enum):
    """Where a stream of a child leads."""

    OPEN = subprocess.PIPE  # to us
    NOWHERE = subprocess.DEVNULL  # reads as empty, swallows what is written
    WITH_STDOUT = subprocess.STDOUT  # one pipe for both: the only way to keep their order


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


def start(command: Command, *, stdin: Pipe, stderr: Pipe) -> Child:
    """Start a command and return at once; its stdout is a pipe. Errors: OSError."""
    try:
        return Child(
            command.argv,
            cwd=command.cwd,
            env=dict(command.env),
            stdin=stdin.value,
            stdout=subprocess.PIPE,
            stderr=stderr.value,
            # a session of its own: a limit ends grandchildren too, and an interrupt is ours to pass on
            start_new_session=True,
        )
    except ValueError as failure:  # a NUL in an argument or a variable, which no program can get
        raise OSError(errno.EINVAL, f"{failure} in its arguments or environment") from None


def run(command: Command) -> Completed:
    """Run a command to its end and collect its output."""
    started = time.monotonic()
    try:
        child = start(command, stdin=Pipe.OPEN, stderr=Pipe.OPEN)
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


def end_politely(child: Child, *, grace_s: float = 2.0) -> None:
    """Ask a child and its group to end (SIGTERM); kill them after ``grace_s`` seconds."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM)
    if not await_end(child, limit_s=grace_s):
        kill_group(child.pid)
        child.wait()


def await_end(child: Child, *, limit_s: float) -> bool:
    """Wait until a child ended; False: it runs on after ``limit_s`` seconds."""
    try:
        child.wait(limit_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def replace_process(argv: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Become another program: same process, its exit code is ours. Errors: OSError."""
    os.execvpe(argv[0], list(argv), dict(env))
