"""End every command as Ctrl-C does when the platform ends it: its children and folders go with it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP came: the platform, not the user, ends the command."""


@contextlib.contextmanager
def ended_like_interrupted() -> Iterator[None]:
    """Turn the first SIGTERM or SIGHUP into Terminated, a KeyboardInterrupt, inside the block.

    Python's default for them ends this process at once and leaves packs running and temporary
    folders behind. Those after the first are ignored: they would interrupt the tidying up. One that
    is ignored already stays so (nohup). Outside the main thread nothing is changed.
    """
    is_ending = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_ending
        if not is_ending:
            is_ending = True
            raise Terminated

    def terminate(_number: int, _frame: FrameType | None) -> None:
        # by the handler that holds now: a server has its own for SIGTERM, and none for SIGHUP
        signal.raise_signal(signal.SIGTERM)

    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for one, handler in ((signal.SIGTERM, interrupt), (signal.SIGHUP, terminate)):
            if signal.getsignal(one) != signal.SIG_IGN:
                before[one] = signal.signal(one, handler)
    try:
        yield
    finally:
        for one, earlier in before.items():
            signal.signal(one, earlier)
