from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from assetbuild.beside import running_beside
from assetbuild.process import Command
from tests.support.processes import wait_for, wait_until_ended


def test_command_beside_ends_with_the_block_and_its_children_too(tmp_path: Path) -> None:
    lines: list[str] = []
    code = (
        "import subprocess, sys, time;"
        "one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(one.pid, flush=True); time.sleep(60)"
    )
    command = Command(argv=(sys.executable, "-c", code), env=dict(os.environ), cwd=tmp_path)
    with running_beside(command, on_line=lines.append):
        wait_for(lambda: bool(lines))
        grandchild = int(lines[0])
    wait_until_ended(grandchild)
    assert lines[1:] == []


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("/bin/sh", "-c", "echo hi; exit 3"), ["hi", "/bin/sh ended with exit code 3"]),
        (("/no/such/program",), ["/no/such/program: No such file or directory"]),
    ],
)
def test_command_that_ends_or_is_missing_is_told(
    tmp_path: Path, argv: tuple[str, ...], told: list[str]
) -> None:
    lines: list[str] = []
    with running_beside(Command(argv=argv, env={}, cwd=tmp_path), on_line=lines.append):
        wait_for(lambda: len(lines) >= len(told))
    assert lines == told
