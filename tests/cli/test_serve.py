from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from assetbuild.cli.main import main
from tests.serve.site import CSS, write_site

ROOT = Path(__file__).parent.parent.parent


@contextlib.contextmanager
def serving(project: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command on any free port; yield it and the URL that it tells."""
    argv = [sys.executable, "-m", "assetbuild", "serve", "--port", "0", "--project", str(project)]
    child = subprocess.Popen(
        [*argv, *options],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        # a job in the background of a shell ignores SIGINT, and its children would too
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert child.stderr is not None
    try:
        line = child.stderr.readline()
        url = re.search(r"http://\S+", line)
        assert url is not None, line + child.stderr.read()
        yield child, url[0]
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize(
    ("options", "number", "exit_code"),
    [
        (["--production"], signal.SIGINT, 130),
        (["--production"], signal.SIGTERM, 0),
        (["--production", "--workers", "2"], signal.SIGINT, 130),
        ([], signal.SIGINT, 130),
        ([], signal.SIGTERM, 130),
    ],
)
def test_the_port_it_got_is_told_and_a_signal_ends_it(
    tmp_path: Path, options: list[str], number: signal.Signals, exit_code: int
) -> None:
    write_site(tmp_path / "public/assets", {"app.css": CSS}, unhashed=("app.css",))
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/app.css").write_bytes(CSS)
    with serving(tmp_path, *options) as (child, url):
        wanted = url if url.endswith("/assets/") else url + "assets/"
        with urllib.request.urlopen(wanted + "app.css", timeout=30) as answer:
            assert answer.status == 200
        child.send_signal(number)
        _, told = child.communicate(timeout=30)
        assert (child.returncode, told.split()) == (exit_code, ["interrupted"] * (exit_code == 130))


def test_a_taken_port_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_site(tmp_path / "public/assets", {"app.css": CSS})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for options in ([], ["--production"]):
            argv = ["serve", "--project", str(tmp_path), "--port", str(port)]
            assert main([*argv, *options]) == 1
            told = capsys.readouterr().err
            assert f'serve/address: cannot listen at "127.0.0.1:{port}": Address already' in told
            assert "hint: choose another --port" in told
