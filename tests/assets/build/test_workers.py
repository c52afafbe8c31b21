"""A compiler that hangs, dies or is killed costs its own source alone, and the message names it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assetbuild.assets.build.workers import WorkerFailure, Workers
from tests.support.builds import build as build_project
from tests.support.builds import failing, output_of, told
from tests.support.processes import wait_for, wait_until_ended

HANGS = "@function f() { @while true { $x: 1; } @return 1; }\n.a { width: f(); }\n"


def _make(_argument: Any) -> tuple[Callable[[Any], Any], Callable[[], None]]:
    def work(item: str) -> str:
        if item == "hang":
            time.sleep(60)
        if item == "die":
            os._exit(7)
        if item == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        return f"{item} done"

    return work, lambda: None


def test_each_item_has_its_own_answer_and_workers_go_on() -> None:
    workers = Workers(_make, None, count=2, limit_s=1)
    items = ["a", "hang", "die", "kill", "b", "c"]
    answers = dict(workers.run(items))
    assert answers.pop(1) == WorkerFailure(is_late=True, exit_code=-signal.SIGKILL)
    assert answers.pop(2) == WorkerFailure(is_late=False, exit_code=7)
    assert answers.pop(3) == WorkerFailure(is_late=False, exit_code=-signal.SIGKILL)
    assert answers == {0: "a done", 4: "b done", 5: "c done"}
    assert dict(workers.run(["again"])) == {0: "again done"}
    workers.close()


def test_a_stylesheet_that_never_ends_is_an_error_that_names_it(tmp_path: Path) -> None:
    files = {
        "assetbuild.toml": "[assets]\ntime-limit = 1\n",
        "assets/good.scss": ".b { c: d }\n",
        "assets/loop.scss": HANGS,
    }
    found = failing(tmp_path / "app", files, jobs=2)
    assert told(found) == [("build/time-limit", "assets/loop.scss:1:1")]
    assert found[0].message == 'compiling "assets/loop.scss" took longer than 1 s and was ended'
    assert not (tmp_path / "app/public/assets/manifest.json").exists()
    mended = build_project(tmp_path / "app", {"assets/loop.scss": ".a { b: c }\n"}, jobs=2)
    assert output_of(mended, "loop.css").startswith(b".a{b:c}")


def test_a_killed_build_leaves_no_worker_and_no_lock(tmp_path: Path) -> None:
    project = tmp_path / "app"
    (project / "assets").mkdir(parents=True)
    (project / "assets/loop.scss").write_text(HANGS)
    argv = [sys.executable, "-m", "assetbuild", "compile", "--project", str(project)]
    argv += ["--cache-dir", str(tmp_path / "cache")]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    child = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
    wait_for(lambda: children.read_text().strip() != "")
    (worker, *_) = children.read_text().split()
    child.kill()
    child.wait()
    wait_until_ended(int(worker))
    assert build_project(project, {"assets/loop.scss": ".a { b: c }\n"}).stats.compiled == 1


def test_a_source_at_which_libsass_ends_its_process_is_told_with_what_to_write(
    tmp_path: Path,
) -> None:
    files = {
        "assets/good.scss": ".b { c: d }\n",
        "assets/x/ends.scss": '.a { @at-root { #{".x,"} { &:hover { b: c } } } }\n',
    }
    (found,) = failing(tmp_path / "app", files, jobs=2)
    assert told((found,)) == [("build/worker-ended", "assets/x/ends.scss:1:1")]
    assert found.message.endswith("ended before it answered (signal 11)")
    assert found.hint == (
        'libsass cannot compile it: write [[rule]] glob = "x/ends.scss" '
        'options = { implementation = "dart-sass" }'
    )
