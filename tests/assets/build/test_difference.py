"""Whether nothing changed since the last build: each thing that may, and times too young to trust."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from assetbuild.assets.build.difference import find_difference
from assetbuild.assets.build.state import Snapshot, is_settled, stamp_of, stat_output
from assetbuild.digests import sha256_hex
from assetbuild.walking import digest_listing
from tests.support.processes import wait_for
from tests.support.tree import write_tree

SECOND_NS = 1_000_000_000
STAMP = {"assetbuild": "1"}


def find_change(snapshot: Snapshot, stamp: Mapping[str, str]) -> str | None:
    """Return the first difference in words."""
    found = find_difference(snapshot, stamp)
    return None if found is None else found.reason


def take(root: Path) -> Snapshot:
    """Return what a build saw that looked long after the last change."""
    write_tree(root, {"in/a.css": "old", "out/a.1.css": "made"})
    let_time_pass(root)
    source, folder = root / "in/a.css", (root / "in").stat()
    output = str(root / "out/a.1.css")
    stamp = stamp_of(source.stat())
    return Snapshot(
        stamp=STAMP,
        taken_ns=max(stamp[1], stamp[3], folder.st_mtime_ns) + 10 * SECOND_NS,
        files={str(source): (stamp, sha256_hex(b"old"))},
        absent=(str(root / "in/b.css"), str(root / "elsewhere/c.css")),
        folders={
            str(root / "in"): (folder.st_mtime_ns, folder.st_ino, digest_listing(str(root / "in")))
        },
        outputs={output: stat_output(output)},
    )


def let_time_pass(root: Path) -> None:
    """Wait until a change has another time: many kernels' clock of files stands for 4 ms."""
    probe, newest = root / ".probe", max(one.stat().st_ctime_ns for one in root.rglob("*"))

    def has_passed() -> bool:
        probe.write_text("")
        return probe.stat().st_ctime_ns > newest

    wait_for(has_passed)


def rewrite(path: Path, text: str) -> None:
    """Write other bytes of the same size, with the time the file had."""
    before = path.stat()
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_link(root: Path) -> None:
    (root / "in/a.css").unlink()
    (root / "in/a.css").symlink_to("../out/a.1.css")


def replace_by_folder(root: Path) -> None:
    (root / "in/a.css").unlink()
    (root / "in/a.css").mkdir()


CHANGES: dict[str, tuple[Callable[[Path], object], str | None]] = {
    "nothing": (lambda _: None, None),
    "a touched source": (lambda root: os.utime(root / "in/a.css"), None),
    "another source": (lambda root: rewrite(root / "in/a.css", "new"), "in/a.css"),
    "a longer source": (lambda root: (root / "in/a.css").write_text("longer"), "in/a.css"),
    "a new source": (lambda root: (root / "in/x").touch(), "in"),
    "a source that was looked for": (
        lambda root: write_tree(root, {"elsewhere/c.css": ""}),
        "elsewhere/c.css",
    ),
    "a link in the place of a source": (replace_by_link, "in"),
    "a folder in the place of a source": (replace_by_folder, "in"),
    "a hidden file": (lambda root: (root / "in/.a.css.swp").touch(), None),
    "no folder": (lambda root: shutil.rmtree(root / "in"), "in"),
    "another output": (lambda root: (root / "out/a.1.css").write_text("edit"), "out/a.1.css"),
    "a longer output": (lambda root: (root / "out/a.1.css").write_text("edited"), "out/a.1.css"),
    "no output": (lambda root: (root / "out/a.1.css").unlink(), "out/a.1.css"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_and_named(tmp_path: Path, change: str) -> None:
    snapshot = take(tmp_path)
    make, named = CHANGES[change]
    make(tmp_path)
    found = find_change(snapshot, STAMP)
    assert found is None if named is None else f'"{tmp_path / named}"' in (found or "")


def test_other_versions_and_options_are_a_change() -> None:
    empty = Snapshot(stamp=STAMP, taken_ns=0, files={}, absent=(), folders={}, outputs={})
    assert find_change(empty, STAMP) is None
    assert find_change(empty, {"assetbuild": "2"}) == "assetbuild is another"
    assert find_change(empty, {}) == "assetbuild is another"
    assert find_change(empty, {**STAMP, "node": "22"}) == "node is another"


def test_a_source_that_was_saved_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    snapshot = take(tmp_path)
    source = tmp_path / "in/a.css"
    source.write_text("new")  # in the very tick: its times are those of what was read
    stamp = stamp_of(source.stat())
    files = {str(source): (stamp, sha256_hex(b"old"))}
    young = replace(snapshot, files=files, taken_ns=max(stamp[1], stamp[3]), folders={})
    assert find_change(young, STAMP) == f'"{source}" was changed'


def test_a_folder_that_was_young_when_it_was_listed_is_listed_again(tmp_path: Path) -> None:
    snapshot = take(tmp_path)
    changed_ns = (tmp_path / "in").stat().st_mtime_ns
    folder = str(tmp_path / "in")
    young = replace(snapshot, files={}, taken_ns=changed_ns)
    assert find_change(young, STAMP) is None
    (tmp_path / "in/b.js").touch()
    os.utime(tmp_path / "in", ns=(changed_ns, changed_ns))
    assert find_change(young, STAMP) == f'the folder "{folder}" changed while it was listed'


def test_a_folder_whose_names_are_not_known_differs_by_its_time(tmp_path: Path) -> None:
    snapshot = take(tmp_path)
    stamp = (tmp_path / "in").stat()
    folder = str(tmp_path / "in")
    listed = replace(snapshot, folders={folder: (stamp.st_mtime_ns, stamp.st_ino, "")})
    assert find_change(listed, STAMP) is None
    (tmp_path / "in/.hidden").touch()
    assert find_change(listed, STAMP) == f'the folder "{folder}" has other entries'


def test_files_whose_bytes_alone_differ_are_named(tmp_path: Path) -> None:
    snapshot = take(tmp_path)
    source = tmp_path / "in/a.css"
    other = tmp_path / "in/.saved"
    other.write_text("saved as editors do: another file in its place")
    other.replace(source)
    found = find_difference(snapshot, STAMP)
    assert found is not None and found.changed == (str(source),) and found.seen is not None
    folder = found.seen.folders[str(tmp_path / "in")]
    assert folder[0] == (tmp_path / "in").stat().st_mtime_ns


@pytest.mark.parametrize("change", ["a new source", "no output", "another output"])
def test_nothing_is_named_where_more_differs(tmp_path: Path, change: str) -> None:
    snapshot = take(tmp_path)
    (tmp_path / "in/a.css").write_text("changed")
    CHANGES[change][0](tmp_path)
    found = find_difference(snapshot, STAMP)
    assert found is not None and found.changed == () and found.seen is None


@pytest.mark.parametrize(
    ("changed_ns", "after_ns", "is_trusted"),
    [
        (SECOND_NS + 1, 0, False),
        (SECOND_NS + 1, 50_000_000, False),
        (SECOND_NS + 1, 50_000_001, True),
        # a file system that keeps whole seconds
        (SECOND_NS, 50_000_001, False),
        (SECOND_NS, 2 * SECOND_NS, False),
        (SECOND_NS, 2 * SECOND_NS + 1, True),
    ],
)
def test_a_time_is_trusted_when_any_later_change_would_show(
    changed_ns: int, after_ns: int, is_trusted: bool
) -> None:
    for stamp in ((1, changed_ns, 1, 0), (1, 0, 1, changed_ns)):
        assert is_settled(stamp, changed_ns + after_ns) is is_trusted
