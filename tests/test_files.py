from __future__ import annotations

import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest

from assetbuild.files import atomic_copy, atomic_write, hold_lock, remove_tree, walk_files
from tests.support.tree import read_tree, write_tree


def test_walk_is_sorted_and_follows_links_without_looping(tmp_path: Path) -> None:
    write_tree(tmp_path, {"b/x.css": "x", "a.css": "a", "c/y.css": "y"})
    (tmp_path / "b/loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "link.css").symlink_to(tmp_path / "a.css")
    found = list(walk_files(tmp_path))
    assert [one.relative for one in found] == ["a.css", "b/x.css", "c/y.css", "link.css"]
    assert [one.is_symlink for one in found] == [False, False, False, True]


def test_walk_skips_folders(tmp_path: Path) -> None:
    write_tree(tmp_path, {"node_modules/x.js": "x", "a.js": "a"})
    found = walk_files(tmp_path, skip_folder=lambda name: name == "node_modules")
    assert [one.relative for one in found] == ["a.js"]


def test_atomic_write_replaces_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "deep/er/file"
    atomic_write(target, b"one")
    atomic_write(target, b"two", mode=0o600, is_durable=True)
    assert read_tree(tmp_path) == {"deep/er/file": b"two"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_failed_write_keeps_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    atomic_write(tmp_path / "file", b"old")
    with pytest.raises(TypeError):
        atomic_write(tmp_path / "file", "text")  # type: ignore[arg-type]
    assert read_tree(tmp_path) == {"file": b"old"}


def test_copy_is_independent_of_its_source(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a": "one"})
    atomic_copy(tmp_path / "a", tmp_path / "x/b")
    (tmp_path / "a").write_text("two")
    assert (tmp_path / "x/b").read_text() == "one"


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


def test_removing_a_tree_with_read_only_folders(tmp_path: Path) -> None:
    write_tree(tmp_path, {"mod/a/b": "x"})
    os.chmod(tmp_path / "mod/a", 0o500)
    remove_tree(tmp_path / "mod")
    remove_tree(tmp_path / "mod")
    assert read_tree(tmp_path) == {}
