"""Run a command as long as a block runs.

In: a Command, a callback. Out: its lines, passed on. Refuses to know: what they say.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from assetbuild.process import Command, Pipe, end_politely, kill_group, start


@contextlib.contextmanager
def running_beside(command: Command, *, on_line: Callable[[str], None]) -> Iterator[None]:
    """Run a command while the block runs and pass its lines on; end it, and its group, after it.

    A command that ends by itself, or cannot be started, is told by a last line.
    """
    try:
        child = start(command, stdin=Pipe.NOWHERE, stderr=Pipe.WITH_STDOUT)
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
        end_politely(child)
        kill_group(child.pid)
        thread.join(timeout=2.0)
        assert child.stdout is not None
        child.stdout.close()
