"""The only user of ``subprocess``: run a command with explicit argv, environment, folder and limit.

In: a Command. Out: a Completed (a failing command is a value, not an exception).
Refuses to know: what the commands mean, and the environment of this process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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


def run(command: Command) -> Completed:
    """Run a command to its end and collect its output."""
    started = time.monotonic()
    try:
        child = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=dict(command.env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # a session of its own, so that the limit ends grandchildren too
            start_new_session=True,
        )
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
