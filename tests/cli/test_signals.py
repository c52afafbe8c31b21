from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assetbuild.cli.signals import Terminated, ended_like_interrupted
from assetbuild.scratch import temporary_folder
from tests.support.processes import wait_for, wait_until_ended
from tests.support.tree import write_tree

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_does_not_interrupt_the_tidying_up(
    tmp_path: Path, number: signal.Signals
) -> None:
    tidied = []
    with (
        pytest.raises(Terminated),
        ended_like_interrupted(),
        temporary_folder("x-", parent=tmp_path),
    ):
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(number)
            tidied.append(True)
    assert (tidied, list(tmp_path.iterdir())) == ([True], [])


def test_a_signal_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_like_interrupted():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_stopped_leaves_no_folder_and_no_process(
    tmp_path: Path, number: signal.Signals
) -> None:
    started = tmp_path / "started"
    (tmp_path / "tmp").mkdir()
    write_tree(
        tmp_path,
        {
            "app/.buildpacks": "./pack\n",
            "app/pack/bin/detect": f"#!/bin/sh\necho $$ > {started}\nexec sleep 600\n",
            "app/pack/bin/compile": "#!/bin/sh\n",
        },
    )
    child = subprocess.Popen(
        [sys.executable, "-m", "assetbuild", "buildpacks", "plan", "--project", tmp_path / "app"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: started.exists() and started.read_text().endswith("\n"))
    assert list((tmp_path / "tmp").iterdir()) != []
    child.send_signal(number)
    _, told = child.communicate(timeout=30)
    assert (child.returncode, told.split()[-1:]) == (130, [b"interrupted"])
    assert list((tmp_path / "tmp").iterdir()) == []
    wait_until_ended(int(started.read_text()))
