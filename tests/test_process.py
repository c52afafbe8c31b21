from __future__ import annotations

import sys
import time
from pathlib import Path

from assetbuild.process import Command, run


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


def test_time_limit_ends_grandchildren_too(tmp_path: Path) -> None:
    code = (
        "import subprocess,sys,time;"
        "subprocess.Popen([sys.executable,'-c','import time;time.sleep(30)']);time.sleep(30)"
    )
    started = time.monotonic()
    done = run(python(code, tmp_path, timeout_s=0.5))
    assert done.is_timed_out and done.exit_code < 0
    assert time.monotonic() - started < 20


def test_tail_prefers_stderr(tmp_path: Path) -> None:
    done = run(python("import sys; print('out'); sys.stderr.write('a\\nb\\nc')", tmp_path))
    assert done.tail(2) == "b\nc"
