from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from assetbuild.locks import hold_folder_lock, hold_lock


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


@pytest.mark.parametrize("hold", [hold_lock, hold_folder_lock])
def test_who_waits_for_a_lock_has_it_only_when_it_is_free(
    tmp_path: Path, hold: Callable[..., AbstractContextManager[None]]
) -> None:
    place = tmp_path if hold is hold_folder_lock else tmp_path / "lock"
    is_asked, order = threading.Event(), []

    def wait() -> None:
        with hold(place, on_wait=is_asked.set):
            order.append("second")

    thread = threading.Thread(target=wait)
    with hold(place):
        thread.start()
        assert is_asked.wait(30)
        thread.join(0.1)  # time for one that does not wait
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]


def _raise(waited: list[bool]) -> None:
    waited.append(True)
    raise TimeoutError
