from __future__ import annotations

import sys
from pathlib import Path

from assetbuild.process import Command, run
from tests.support.processes import wait_until_ended


def python(
    code: str, tmp_path: Path, *, timeout_s: float | None = None, stdin: bytes = b""
) -> Command:
    return Command(
        argv=(sys.executable, "-c", code),
        cwd=tmp_path,
        env={"ONLY": "this"},
        timeout_s=timeout_s,
        stdin=stdin,
    )


def test_output_exit_code_and_environment(tmp_path: Path) -> None:
    code = (
        "import os,sys; print(sorted(os.environ)); sys.stderr.write(sys.stdin.read()); sys.exit(3)"
    )
    done = run(python(code, tmp_path, stdin=b"in"))
    assert (done.exit_code, done.stderr) == (3, b"in")
    assert b"ONLY" in done.stdout and b"HOME" not in done.stdout


def test_missing_program_is_a_value(tmp_path: Path) -> None:
    done = run(Command(argv=("no-such-program",), cwd=tmp_path, env={}))
    assert done.is_missing and done.exit_code == 127


def test_a_nul_in_a_variable_is_a_value_too(tmp_path: Path) -> None:
    command = Command(argv=(sys.executable,), cwd=tmp_path, env={"A": "b\0c"})
    done = run(command)
    assert done.is_missing and b"null byte in its arguments or environment" in done.stderr


def test_time_limit_ends_grandchildren_too(tmp_path: Path) -> None:
    code = (
        "import subprocess,sys,time;"
        "one = subprocess.Popen([sys.executable,'-c','import time;time.sleep(600)']);"
        "print(one.pid, flush=True); time.sleep(600)"
    )
    for limit_s in (0.5, 5.0, 60.0):  # a busy machine may need longer to come so far
        done = run(python(code, tmp_path, timeout_s=limit_s))
        assert done.is_timed_out and done.exit_code < 0
        if done.stdout:
            break
    wait_until_ended(int(done.stdout))


def test_tail_prefers_stderr(tmp_path: Path) -> None:
    done = run(python("import sys; print('out'); sys.stderr.write('a\\nb\\nc')", tmp_path))
    assert done.tail(2) == "b\nc"
