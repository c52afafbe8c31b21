"""The store of packs: whole or absent, pruned by age, real copies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assetbuild.buildpacks.store import PackStore, digest_tree
from assetbuild.trees import copy_tree
from tests.support.tree import write_tree


def put(store: PackStore, key: str) -> None:
    store.add(key, lambda folder: write_tree(folder / "t", {"a": "1", "b/c": "2"}))


def test_making_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = PackStore(tmp_path)

    def fail(folder: Path) -> Path:
        write_tree(folder / "t", {"a": "1"})
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.add("k", fail)
    assert not store.has("k")
    assert not [*tmp_path.glob("trees/*"), *tmp_path.glob(".tmp-*")]
    put(store, "k")
    assert store.has("k")


def test_tree_without_its_digest_does_not_count(tmp_path: Path) -> None:
    store = PackStore(tmp_path)
    put(store, "k")
    (tmp_path / "trees/k.digest").unlink()
    assert not store.has("k")
    put(store, "k")
    assert store.digest("k") == digest_tree(tmp_path / "trees/k")


def test_digest_does_not_follow_the_order_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_tree(tmp_path, {f"{one}/f": one for one in "abc"})
    walked = os.walk
    digests = []
    for is_backwards in (False, True):

        def walk(
            top: Path, is_backwards: bool = is_backwards
        ) -> Iterator[tuple[str, list[str], list[str]]]:
            for folder, names, files in walked(top):
                names.sort(reverse=is_backwards)
                yield str(folder), names, sorted(files, reverse=is_backwards)

        monkeypatch.setattr(os, "walk", walk)
        digests.append(digest_tree(root))
    assert digests[0] == digests[1]


def test_prune_drops_what_nobody_used_for_a_month(tmp_path: Path) -> None:
    store = PackStore(tmp_path)
    put(store, "old")
    put(store, "new")
    os.utime(tmp_path / "trees/old", (0, 0))
    store.prune()
    assert (store.has("old"), store.has("new")) == (False, True)


def test_copy_is_writable_and_keeps_bits_and_links(tmp_path: Path) -> None:
    source = write_tree(tmp_path / "s", {"run": "x", "plain": "y"})
    (source / "run").chmod(0o555)
    (source / "link").symlink_to("run")
    (source / "dangling").symlink_to("nowhere")
    copy_tree(source, tmp_path / "t")
    assert (tmp_path / "t/run").stat().st_mode & 0o777 == 0o755
    assert os.readlink(tmp_path / "t/dangling") == "nowhere"
    (source / "run").chmod(0o755)
    assert digest_tree(tmp_path / "t") == digest_tree(source)


@pytest.mark.parametrize("change", ["content", "name", "bit", "link"])
def test_digest_sees_every_change(tmp_path: Path, change: str) -> None:
    root = write_tree(tmp_path / "s", {"a": "1", "b": "2"})
    (root / "l").symlink_to("a")
    before = digest_tree(root)
    if change == "content":
        (root / "a").write_text("3")
    elif change == "name":
        (root / "a").rename(root / "c")
    elif change == "bit":
        (root / "a").chmod(0o755)
    else:
        (root / "l").unlink()
        (root / "l").symlink_to("b")
    assert digest_tree(root) != before


def test_recall_of_a_damaged_note_is_nothing(tmp_path: Path) -> None:
    store = PackStore(tmp_path)
    store.remember("https://u:s3cret@h/a", "v1", {"commit": "c"})
    assert store.recall("https://u:s3cret@h/a", "v1") == {"commit": "c"}
    assert store.recall("https://u:s3cret@h/a", None) == {}
    (note,) = (tmp_path / "known").iterdir()
    note.write_text("{")
    assert store.recall("https://u:s3cret@h/a", "v1") == {}
