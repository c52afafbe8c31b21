"""End a long command as Ctrl-C does when the platform ends it: its children go with it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP came: the platform, not the user, ends the command."""


@contextlib.contextmanager
def ended_like_interrupted() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into Terminated, a KeyboardInterrupt, inside the block.

    Python's default for them ends this process at once and leaves packs running.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    before = {one: signal.signal(one, interrupt) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
