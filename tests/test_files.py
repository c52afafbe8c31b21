from __future__ import annotations

import os
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


def test_a_written_file_can_be_read_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        atomic_write(tmp_path / "a", b"1")
        atomic_copy(tmp_path / "a", tmp_path / "b")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / one).stat().st_mode) for one in "ab"] == [0o644] * 2


def test_a_system_that_takes_a_part_of_a_write_gets_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, bytes(data)[:3]))
    atomic_write(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


@pytest.mark.parametrize("is_durable", [True, False])
def test_what_must_last_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_durable: bool
) -> None:
    there: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda _handle: there.append((tmp_path / "a").exists()))
    atomic_write(tmp_path / "a", b"1", is_durable=is_durable)
    assert there == ([False] if is_durable else [])


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
