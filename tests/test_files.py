from __future__ import annotations

import stat
from pathlib import Path

import pytest

from assetbuild.files import atomic_copy, atomic_write
from tests.support.tree import read_tree, write_tree


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
