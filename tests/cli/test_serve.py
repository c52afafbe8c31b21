from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from assetbuild.cli.main import main
from assetbuild.jobs.publish import open_place, publish_assets
from assetbuild.reporting import TextReporter
from assetbuild.trees import remove_tree
from tests.serve.site import CSS, write_site
from tests.support.built_app import write_build
from tests.support.tree import write_tree

ROOT = Path(__file__).parent.parent.parent


@contextlib.contextmanager
def serving(
    project: Path, *options: str, env: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command on any free port; yield it and the URL that it tells."""
    argv = [sys.executable, "-m", "assetbuild", "serve", "--port", "0", "--project", str(project)]
    child = subprocess.Popen(
        [*argv, *options],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stderr=subprocess.PIPE,
        text=True,
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
        (["--production"], signal.SIGHUP, 0),
        (["--production", "--workers", "2"], signal.SIGINT, 130),
        (["--production", "--workers", "2"], signal.SIGHUP, 0),
        ([], signal.SIGINT, 130),
        ([], signal.SIGTERM, 130),
    ],
)
def test_the_port_it_got_is_told_and_a_signal_ends_it(
    tmp_path: Path, options: list[str], number: signal.Signals, exit_code: int
) -> None:
    write_site(tmp_path / "public/assets", {"app.css": CSS}, unhashed=("app.css",))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/app.css").write_bytes(CSS)
    with serving(tmp_path, *options, env={"TMPDIR": str(temporary)}) as (child, url):
        wanted = url if url.endswith("/assets/") else url + "assets/"
        with urllib.request.urlopen(wanted + "app.css", timeout=30) as answer:
            assert answer.status == 200
        assert list(temporary.iterdir()) == []
        child.send_signal(number)
        _, told = child.communicate(timeout=30)
        assert (child.returncode, told.split()) == (exit_code, ["interrupted"] * (exit_code == 130))
        assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_was_fetched_from_the_bucket_goes_with_the_server(
    tmp_path: Path, number: signal.Signals, workers: str
) -> None:
    project, temporary = tmp_path / "shop", tmp_path / "tmp"
    temporary.mkdir()
    env = {"ASSETBUILD_S3_URL": f"file://{tmp_path}/bucket", "TMPDIR": str(temporary)}
    for text in (b"one", b"two"):
        remove_tree(project)
        write_tree(project, {"assetbuild.toml": "[serve]\nkeep_previous = 1\n"})
        write_build(project, {"a.css": text}, gzipped=[])
        place = open_place(project, env, TextReporter(io.StringIO(), env={}))
        publish_assets(place, is_forced=False, is_dry=False, on_plan=lambda plan: None)
    with serving(project, "--production", "--workers", workers, env=env) as (child, _):
        assert child.stderr is not None
        assert "earlier releases read from the bucket: 1" in child.stderr.readline()
        assert len(list(temporary.iterdir())) == 1
        child.send_signal(number)
        child.communicate(timeout=30)
    assert list(temporary.iterdir()) == []


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
