from __future__ import annotations

from pathlib import Path

from assetbuild.walking import scan_tree, walk_files
from tests.support.tree import write_tree


def test_walk_is_sorted_and_follows_links_without_looping(tmp_path: Path) -> None:
    write_tree(tmp_path, {"b/x.css": "x", "a.css": "a", "c/y.css": "y"})
    (tmp_path / "b/loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "link.css").symlink_to(tmp_path / "a.css")
    found = list(walk_files(tmp_path))
    assert [one.relative for one in found] == ["a.css", "b/x.css", "c/y.css", "link.css"]
    assert [one.is_symlink for one in found] == [False, False, False, True]


def test_links_out_of_the_root_are_followed_but_none_to_what_holds_it(tmp_path: Path) -> None:
    write_tree(tmp_path, {"in/a": "", "i/b": "", "c": ""})
    (tmp_path / "in/up").symlink_to(tmp_path)
    (tmp_path / "in/beside").symlink_to(tmp_path / "i")  # a name that begins the root's own
    found = [one.relative for one in walk_files(tmp_path / "in")]
    assert found == ["a", "beside/b"]
    scanned = scan_tree(tmp_path / "in", skip=lambda *_: False, follows=lambda _: True)
    assert sorted(one.relative for one in scanned.files) == found


def test_walk_skips_folders(tmp_path: Path) -> None:
    write_tree(tmp_path, {"node_modules/x.js": "x", "a.js": "a"})
    found = walk_files(tmp_path, skip_folder=lambda name: name == "node_modules")
    assert [one.relative for one in found] == ["a.js"]
