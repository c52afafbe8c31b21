from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assetbuild.workers import Worker, WorkerEndedError


def open_worker(code: str, tmp_path: Path) -> Worker:
    return Worker((sys.executable, "-u", "-c", code), cwd=tmp_path, env={})


def test_worker_answers_until_it_is_closed(tmp_path: Path) -> None:
    worker = open_worker("import sys\nfor l in sys.stdin: print(l.upper(), end='')", tmp_path)
    for text in (b"a\n", b"b\n"):
        worker.send(text)
        assert worker.receive(timeout_s=10) == text.upper()
    worker.close()
    with pytest.raises(WorkerEndedError):
        worker.send(b"c\n")
        worker.receive(timeout_s=10)


def test_worker_that_ends_or_sleeps_is_told(tmp_path: Path) -> None:
    worker = open_worker("import sys; sys.exit(4)", tmp_path)
    with pytest.raises(WorkerEndedError, match="exit code 4"):
        worker.receive(timeout_s=10)
    worker.close()
    worker = open_worker("import time; time.sleep(60)", tmp_path)
    with pytest.raises(WorkerEndedError, match=r"no answer within 0\.2 s"):
        worker.receive(timeout_s=0.2)
    with pytest.raises(WorkerEndedError, match="cannot be started"):
        Worker(("no-such-program",), cwd=tmp_path, env={})
