"""--watch: builds again at each change, survives errors, rests else."""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assetbuild.assets.result import BuildOptions, BuildResult
from assetbuild.diagnostics import Diagnostic
from assetbuild.jobs.build import AssetBuilder
from assetbuild.jobs.watch import watch_project
from assetbuild.paths import LogicalPath
from assetbuild.reporting import TextReporter
from tests.support.builds import ENV
from tests.support.tree import write_tree

FILES: dict[str, str | bytes] = {
    "assets/app.scss": '@import "part";\n',
    "assets/_part.scss": ".a { width: 1px }\n",
}


class Heard(TextReporter):
    """Puts what is told where the test waits for it."""

    def __init__(self, told: queue.Queue[object]) -> None:
        super().__init__(io.StringIO(), env={})
        self._told = told

    def diagnostic(self, item: Diagnostic) -> None:
        self._told.put(item)


class Watched:
    """A project under watch."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.told: queue.Queue[object] = queue.Queue()

    def change(self, files: dict[str, str | bytes]) -> None:
        """Save as editors do: a file is replaced whole, so that no build sees it half written."""
        fresh = write_tree(self.project.parent / "fresh", files)
        for name in files:
            (self.project / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).replace(self.project / name)

    def result(self) -> BuildResult:
        """Return the next build that made something else; what came before may be told twice."""
        while True:
            item = self.told.get(timeout=60)
            if isinstance(item, BuildResult) and item.changed:
                return item

    def error(self) -> Diagnostic:
        """Return the next error; a build that changed nothing may be told before it."""
        while True:
            item = self.told.get(timeout=60)
            if isinstance(item, Diagnostic):
                if item.code == "build/changed-meanwhile":
                    continue  # a save in the middle of a build: the next one mends it
                return item
            assert isinstance(item, BuildResult) and not item.changed, item

    def css(self, result: BuildResult) -> str:
        entry = result.manifest.entries[LogicalPath("app.css")]
        return (result.output / entry.hashed).read_text().partition("\n")[0]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Callable[[dict[str, str | bytes]], Watched]]:
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def begin(files: dict[str, str | bytes]) -> Watched:
        one = Watched(write_tree(tmp_path / "app", files))
        options = BuildOptions(cache_dir=tmp_path / "cache", jobs=1, is_dev=True)

        def run() -> None:
            reporter = Heard(one.told)
            with AssetBuilder(one.project, env=ENV, reporter=reporter, options=options) as builder:
                watch_project(builder, reporter, one.told.put, stop=stop)

        threads.append(threading.Thread(target=run))
        threads[0].start()
        return one

    yield begin
    stop.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_a_changed_partial_and_a_new_file_are_built(
    watched: Callable[[dict[str, str | bytes]], Watched],
) -> None:
    one = watched(FILES)
    assert one.css(one.result()) == ".a{width:1px}"
    one.change({"assets/_part.scss": ".b { width: 2px }\n"})
    second = one.result()
    assert one.css(second) == ".b{width:2px}"
    assert LogicalPath("app.css") in second.changed
    one.change({"assets/deep/er/new.js": "f();\n"})
    assert LogicalPath("deep/er/new.js") in one.result().changed


def test_an_error_is_told_and_the_next_change_mends_it(
    watched: Callable[[dict[str, str | bytes]], Watched],
) -> None:
    one = watched(FILES)
    first = one.result()
    one.change({"assets/_part.scss": ".b { width: \n"})
    found = one.error()
    assert found.code == "sass/compile"
    assert found.location is not None
    assert found.location.file == "assets/_part.scss"
    assert one.css(first) == ".a{width:1px}"  # the last good build stays
    one.change({"assets/_part.scss": ".c { width: 3px }\n"})
    assert one.css(one.result()) == ".c{width:3px}"


def test_a_first_build_that_fails_waits_for_the_mending_change(
    watched: Callable[[dict[str, str | bytes]], Watched],
) -> None:
    one = watched({**FILES, "assets/bad.json": "{}", "assets/app.scss": '@import "gone";\n'})
    assert one.error().code == "import/not-found"
    one.change(FILES)
    assert one.css(one.result()) == ".a{width:1px}"


def test_the_same_failure_is_told_once(
    watched: Callable[[dict[str, str | bytes]], Watched],
) -> None:
    one = watched({**FILES, "assets/app.scss": '@import "gone";\n'})
    assert one.error().code == "import/not-found"
    # as a log would that is written in the project
    one.change({"log": "1"})
    one.change({"assets/_gone.scss": "a { b: \n"})
    assert one.error().code == "sass/compile"
