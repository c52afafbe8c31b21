from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assetbuild.watching import diff_snapshots, is_noise, scan_paths, watch_paths
from tests.support.tree import write_tree


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/node_modules/app/assets/a.css", False),
        ("/node_modules/app/assets/a.css~", True),
        ("/node_modules/app/node_modules/x/a.css", True),
        ("/node_modules/app/.git", True),
        ("/node_modules/app/.assetbuild/dev/a.css", True),
        ("/node_modules/app/out", True),
        ("/node_modules/app/out/a.css", True),
        ("/node_modules/app/outer/a.css", False),
        ("/shared/assets/a.css", False),
        ("/shared/node_modules/x/a.css", True),
    ],
)
def test_changes_that_are_no_sources_are_noise(path: str, expected: bool) -> None:
    project = "/node_modules/app"
    assert is_noise(path, project=project, output=f"{project}/out") is expected
    assert not is_noise("/a/b", project="/a", output="")


LONG_S = 20  # far above what a batch takes; only a broken watcher waits for it


@contextmanager
def watching(root: Path, *, is_polling: bool) -> Iterator[queue.Queue[frozenset[str]]]:
    stop = threading.Event()
    batches: queue.Queue[frozenset[str]] = queue.Queue()
    ready = threading.Event()

    asked: list[bool] = []

    def paths() -> list[str]:
        asked.append(True)
        if len(asked) > 1:  # the first scan is done, the wait begins
            ready.set()
        return [str(root)]

    def work() -> None:
        for batch in watch_paths(
            paths, stop=stop, is_ignored=lambda path: path.endswith("~"), is_polling=is_polling
        ):
            batches.put(batch)

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(LONG_S)
    try:
        yield batches
    finally:
        stop.set()
        thread.join(LONG_S)
        assert not thread.is_alive()


def collect(
    batches: queue.Queue[frozenset[str]], is_enough: Callable[[set[str]], bool]
) -> set[str]:
    seen: set[str] = set()
    while not is_enough(seen):
        seen |= batches.get(timeout=LONG_S)
    return seen


@pytest.mark.parametrize("is_polling", [True, False])
def test_new_changed_and_removed_files_are_told(tmp_path: Path, is_polling: bool) -> None:
    write_tree(tmp_path, {"a.css": "1", "b.css": "1"})
    with watching(tmp_path, is_polling=is_polling) as batches:
        write_tree(tmp_path, {"a.css": "22", "c.css": "1", "ignored~": "x"})
        (tmp_path / "b.css").unlink()
        wanted = {str(tmp_path / one) for one in ("a.css", "b.css", "c.css")}
        seen = collect(batches, wanted.issubset)
        assert str(tmp_path / "ignored~") not in seen


@pytest.mark.parametrize("is_polling", [True, False])
def test_file_in_a_folder_made_a_moment_ago_is_told(tmp_path: Path, is_polling: bool) -> None:
    with watching(tmp_path, is_polling=is_polling) as batches:
        write_tree(tmp_path, {f"new/deep/{index}.css": "x" for index in range(20)})
        wanted = {str(tmp_path / f"new/deep/{index}.css") for index in range(20)}
        collect(batches, wanted.issubset)


def test_scan_takes_files_and_folders_and_skips_what_is_gone(tmp_path: Path) -> None:
    write_tree(tmp_path, {"x/a": "1", "x/y/b": "1", "c": "1"})
    (tmp_path / "x/loop").symlink_to(tmp_path / "x")
    found = scan_paths(
        [str(tmp_path / "x"), str(tmp_path / "c"), str(tmp_path / "gone")], lambda _path: False
    )
    assert set(found) == {str(tmp_path / one) for one in ("x/a", "x/y/b", "c")}
    assert diff_snapshots(found, {}) == set(found)
