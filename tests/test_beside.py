from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from assetbuild.beside import running_beside
from assetbuild.process import Command


def test_command_beside_ends_with_the_block_and_its_children_too(tmp_path: Path) -> None:
    lines: list[str] = []
    code = (
        "import subprocess, sys, time;"
        "one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(one.pid, flush=True); time.sleep(60)"
    )
    command = Command(argv=(sys.executable, "-c", code), env=dict(os.environ), cwd=tmp_path)
    with running_beside(command, on_line=lines.append):
        deadline = time.monotonic() + 20
        while not lines and time.monotonic() < deadline:
            time.sleep(0.01)
        grandchild = int(lines[0])
    deadline = time.monotonic() + 5
    while _is_alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_alive(grandchild)
    assert lines[1:] == []


def test_command_that_ends_or_is_missing_is_told(tmp_path: Path) -> None:
    lines: list[str] = []
    for argv in (("/bin/sh", "-c", "echo hi; exit 3"), ("/no/such/program",)):
        command = Command(argv=argv, env={}, cwd=tmp_path)
        with running_beside(command, on_line=lines.append):
            time.sleep(0.5)
    assert lines == [
        "hi",
        "/bin/sh ended with exit code 3",
        "/no/such/program: No such file or directory",
    ]


def _is_alive(pid: int) -> bool:
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
