from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from assetbuild.trees import copy_tree, remove_tree
from tests.support.tree import read_tree, write_tree


def test_a_copy_shares_nothing_and_leaves_sockets_and_pipes_behind(tmp_path: Path) -> None:
    source = write_tree(tmp_path / "s", {"a": "1", "in/b": "2", "in/gone": "3", "skip/c": ""})
    (source / "dead").symlink_to("nowhere")
    (source / "folder").symlink_to("in")
    os.mkfifo(source / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(source / "sock"))
    os.chmod(source / "a", 0o455)
    os.chmod(source / "in", 0o555)
    os.utime(source / "a", ns=(1, 2))
    asked = []

    def leave_out(path: str, is_folder: bool) -> bool:
        asked.append((path, is_folder))
        return path in ("skip", "in/gone")

    copy_tree(source, tmp_path / "t", leave_out=leave_out)
    assert ("in", True) in asked and ("folder", False) in asked and ("in/b", False) in asked
    assert read_tree(tmp_path / "t") == {"a": b"1", "in/b": b"2"}
    assert os.readlink(tmp_path / "t/folder") == "in"
    assert os.readlink(tmp_path / "t/dead") == "nowhere"
    copied = (tmp_path / "t/a").stat()
    assert (stat.S_IMODE(copied.st_mode), copied.st_mtime_ns) == (0o655, 2)
    (tmp_path / "t/in/new").write_text("can be written")
    assert (source / "a").stat().st_nlink == 1


def test_a_copy_inside_of_what_is_copied_ends(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a": "1", "tmp/b": "2"})
    copy_tree(tmp_path, tmp_path / "tmp/copy")
    copied = {name for name in read_tree(tmp_path) if name.startswith("tmp/copy/")}
    assert copied == {"tmp/copy/a", "tmp/copy/tmp/b"}


def test_removing_a_tree_with_read_only_folders(tmp_path: Path) -> None:
    write_tree(tmp_path, {"mod/a/b": "x"})
    os.chmod(tmp_path / "mod/a", 0o500)
    remove_tree(tmp_path / "mod")
    remove_tree(tmp_path / "mod")
    assert read_tree(tmp_path) == {}
