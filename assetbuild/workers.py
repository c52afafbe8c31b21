"""A child process that is spoken to until it is closed.

In: argv, bytes to send. Out: bytes it answers. Refuses to know: what is said.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Mapping
from pathlib import Path

from assetbuild.process import Command, Pipe, await_end, kill_group, start


class WorkerEndedError(Exception):
    """A worker ended, or did not answer in time; the text says which."""


class Worker:
    """A child that is spoken to over its stdin and stdout until it is closed.

    Its stderr is discarded: what it has to say stands in its answers. One thread at a time.
    """

    def __init__(self, argv: tuple[str, ...], *, cwd: Path, env: Mapping[str, str]) -> None:
        try:
            self._child = start(
                Command(argv=argv, cwd=cwd, env=env),
                stdin=Pipe.OPEN,
                stderr=Pipe.NOWHERE,
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
        await_end(self._child, limit_s=2.0)
        return f"the worker ended with exit code {self._child.returncode}"

    def close(self) -> None:
        """End the child at once."""
        kill_group(self._child.pid)
        # a broken pipe is no news about a child that is being ended
        with contextlib.suppress(BrokenPipeError), self._child:
            self._child.wait()
