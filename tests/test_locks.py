from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest

from assetbuild.locks import hold_lock


def _hold(lock: str, marker: str) -> None:
    with hold_lock(lock):
        Path(marker).touch()
        time.sleep(60)


def test_lock_of_a_killed_process_is_free_again(tmp_path: Path) -> None:
    lock, marker = tmp_path / "lock", tmp_path / "marker"
    holder = multiprocessing.get_context("spawn").Process(
        target=_hold, args=(str(lock), str(marker))
    )
    holder.start()
    while not marker.exists():
        assert holder.is_alive()
        time.sleep(0.01)
    waited: list[bool] = []
    with pytest.raises(TimeoutError), hold_lock(lock, on_wait=lambda: _raise(waited)):
        pass
    holder.kill()
    holder.join()
    with hold_lock(lock, on_wait=lambda: _raise(waited)):
        assert waited == [True]


def _raise(waited: list[bool]) -> None:
    waited.append(True)
    raise TimeoutError
