"""bin/*'s commands, by the command line: what the platform sees."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from assetbuild.cli.main import main
from tests.support.chain import PACKS
from tests.support.processes import wait_for, wait_until_ended
from tests.support.tree import write_tree


def make_app(root: Path, *names: str) -> Path:
    """Return an app whose .buildpacks names private copies inside of it."""
    for name in names:
        shutil.copytree(PACKS / name, root / "packs" / name)
    lines = "".join(f"./packs/{name}\n" for name in names)
    return write_tree(root, {".buildpacks": lines})


def test_a_failure_exits_1_and_report_tells_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app(tmp_path / "app", "does_nothing", "fails_loudly")
    folders = [str(app), str(tmp_path / "cache"), str(tmp_path / "no-env-dir")]
    state = ["--state", str(tmp_path / "state")]
    assert main(["platform", "compile", *folders, *state]) == 1
    out = capfd.readouterr().out
    assert "-----> fails loudly" in out
    assert "       line 40\n" in out
    assert " !     pack/script-failed: " in out
    assert "| the reason is here" in out
    assert main(["platform", "report", *folders, *state]) == 0
    report = yaml.safe_load(capfd.readouterr().out)
    assert report["ok"] == "false"
    assert report["pack_1_name"] == "does nothing"
    assert report["failure_code"] == "pack/script-failed"


def test_release_before_any_compile_is_empty(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["platform", "release", str(tmp_path), "--state", str(tmp_path)]) == 0
    assert yaml.safe_load(capfd.readouterr().out) == {}


def test_release_prints_what_compile_decided(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app(tmp_path / "app", "releases_web", "fails_loudly")
    write_tree(app, {"assetbuild.toml": '[chain]\nrelease = "merge"\n'})
    state = ["--state", str(tmp_path / "state")]
    main(["platform", "compile", str(app), str(tmp_path / "cache"), *state])
    capfd.readouterr()
    main(["platform", "release", str(app), *state])
    printed = yaml.safe_load(capfd.readouterr().out)
    assert printed["default_process_types"] == {"web": "one", "worker": "work"}
    assert printed["config_vars"] == {"MODE": "yes"}


def test_tests_of_all_packs_end_in_one_summary(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app(tmp_path / "app", "has_tests", "tests_fail")
    code = main(["platform", "test", str(app), "--state", str(tmp_path / "state")])
    assert code == 1
    summary = capfd.readouterr().out.partition("TAP version 14\n")[2]
    assert summary.startswith("1..2\nok 1 - has tests\nnot ok 2 - tests fail\n")


def test_sigterm_ends_the_packs_too(tmp_path: Path) -> None:
    app = make_app(tmp_path / "app", "hangs")
    script = app / "packs/hangs/bin/compile"
    script.write_text('#!/bin/sh\necho $$ > "$1/pid"\nexec sleep 600\n')
    argv = [sys.executable, "-m", "assetbuild", "platform", "compile"]
    child = subprocess.Popen(
        [*argv, str(app), str(tmp_path / "cache"), "--state", str(tmp_path / "state")],
        cwd=Path(__file__).parent.parent.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    pid = app / "pid"
    wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"))
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130, err.decode()
    wait_until_ended(int(pid.read_text()))


def test_slug_report_exits_1_when_over_its_budget(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    slug = write_tree(
        tmp_path, {"assetbuild.toml": "[chain]\nslug-budget-mb = 0\n", "a.txt": "hello"}
    )
    assert main(["slug", "report", str(slug)]) == 1
    assert "over the budget of 0 B" in capfd.readouterr().out
    (slug / "assetbuild.toml").unlink()
    assert main(["slug", "report", str(slug)]) == 0


def test_plan_names_each_pack_and_whose_release_counts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app(tmp_path / "app", "releases_web", "does_nothing")
    assert main(["buildpacks", "plan", "--project", str(app)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.rpartition(" (")[2] for line in lines[:2]] == [
        "releases web): runs",
        "does nothing): runs",
    ]
    assert lines[2].startswith("release, rule last: ")
    assert lines[2].endswith("releases_web")
