from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assetbuild import bootstrap, pip_install
from assetbuild.bootstrap import ensure_package, ensure_site, read_pip_environ
from assetbuild.pip_install import NotInstalled, fetch_pip
from tests.support.http_server import run_http_server
from tests.support.tree import read_tree, write_tree

if sys.version_info >= (3, 11):
    from tomllib import loads as load_toml
else:
    from tomli import loads as load_toml

ROOT = Path(__file__).parent.parent
WHEEL = b"not really a wheel"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """Serve a simple index whose only file is a pip wheel."""
    name = pip_install.PIP_WHEEL
    write_tree(
        tmp_path / "index",
        {
            "simple/pip/index.html": f'<a href="../../files/{name}#sha256=0">{name}</a>',
            f"files/{name}": WHEEL,
        },
    )
    handler = partial(QuietHandler, directory=str(tmp_path / "index"))
    with run_http_server(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        yield f"{url}/simple"


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pip_install, "PIP_SHA256", hashlib.sha256(WHEEL).hexdigest())
    monkeypatch.setattr(pip_install, "_TRIES", 1)


@pytest.mark.usefixtures("pinned")
def test_pip_comes_from_the_index_that_pip_is_told(tmp_path: Path, index: str) -> None:
    assert fetch_pip(tmp_path, {"PIP_INDEX_URL": index}).read_bytes() == WHEEL


@pytest.mark.usefixtures("pinned")
def test_pip_comes_from_a_folder_without_any_network(tmp_path: Path) -> None:
    write_tree(tmp_path / "wheels", {pip_install.PIP_WHEEL: WHEEL})
    env = {"PIP_FIND_LINKS": f"file://{tmp_path}/wheels", "PIP_NO_INDEX": "1"}
    assert fetch_pip(tmp_path, env).read_bytes() == WHEEL


def test_pip_of_other_bytes_is_refused_and_nothing_is_kept(tmp_path: Path, index: str) -> None:
    with pytest.raises(NotInstalled, match="another sha256"):
        fetch_pip(tmp_path / "new", {"PIP_INDEX_URL": index})
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("pinned")
def test_every_place_tried_is_told_without_its_secret(tmp_path: Path) -> None:
    env = {
        "PIP_INDEX_URL": "http://user:secret@127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "ftp://127.0.0.1/simple",
    }
    with pytest.raises(NotInstalled) as caught:
        fetch_pip(tmp_path, env)
    text = str(caught.value)
    assert "http://***@127.0.0.1:9/simple" in text and "ftp URL" in text
    assert "secret" not in text and "hint: set PIP_INDEX_URL" in text


def test_pip_variables_of_the_app_are_honoured_and_python_ones_are_not(tmp_path: Path) -> None:
    write_tree(tmp_path, {"PIP_INDEX_URL": "https://x/", "SECRET": "s", "PIP_CERT": "/c\n"})
    env = read_pip_environ(str(tmp_path), {"PATH": "/bin", "PYTHONPATH": "/evil"})
    assert env == {"PATH": "/bin", "PIP_INDEX_URL": "https://x/", "PIP_CERT": "/c"}
    assert read_pip_environ(str(tmp_path / "missing"), {}) == {}


def test_pip_no_index_means_what_it_means_to_pip(tmp_path: Path, index: str, pinned: None) -> None:
    assert fetch_pip(tmp_path, {"PIP_INDEX_URL": index, "PIP_NO_INDEX": "0"}).is_file()
    with pytest.raises(NotInstalled):
        fetch_pip(tmp_path, {"PIP_INDEX_URL": index, "PIP_NO_INDEX": "true"})


def test_pip_cert_and_proxy_are_those_of_pip(tmp_path: Path, index: str, pinned: None) -> None:
    with pytest.raises(NotInstalled, match="No such file"):
        fetch_pip(tmp_path, {"PIP_INDEX_URL": index, "PIP_CERT": str(tmp_path / "none.pem")})
    with pytest.raises(NotInstalled, match="refused"):
        fetch_pip(tmp_path, {"PIP_INDEX_URL": index, "PIP_PROXY": "http://127.0.0.1:9"})


def test_report_without_a_build_says_nothing_and_installs_nothing(tmp_path: Path) -> None:
    script = ROOT / "bin/report"
    done = subprocess.run([script, tmp_path, tmp_path / "cache"], capture_output=True, check=True)
    assert (done.stdout, done.stderr, list(tmp_path.iterdir())) == (b"", b"", [])


def test_an_empty_path_of_the_cache_is_told(tmp_path: Path) -> None:
    argv = [str(ROOT / "bin/compile"), str(tmp_path), "", ""]
    done = subprocess.run(argv, capture_output=True, check=False, cwd=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert b"the path of CACHE_DIR is empty" in done.stderr


def test_an_installation_that_is_ended_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal, sys; from assetbuild import bootstrap, pip_install\n"
        "def install(lock, target, *more, **options):\n"
        "    target.mkdir(); os.kill(os.getpid(), signal.SIGTERM); target.rmdir()\n"
        "pip_install.install_lock = install\n"
        "sys.exit(bootstrap.main([sys.argv[1], '', 'config']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (130, b"interrupted\n")
    assert [one.name for one in (tmp_path / "assetbuild").iterdir()] == ["install.lock"]


def test_half_an_installation_is_never_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_lock: Path, target: Path, *_more: object, **_options: object) -> None:
        write_tree(target, {"half": ""})
        raise KeyboardInterrupt

    monkeypatch.setattr(pip_install, "install_lock", die)
    with pytest.raises(KeyboardInterrupt):
        ensure_site(tmp_path, {})
    assert {path.name for path in tmp_path.iterdir()} == {"install.lock"}


def test_second_run_installs_nothing_and_old_sites_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[Path] = []

    def install(_lock: Path, target: Path, *_more: object, **_options: object) -> None:
        runs.append(target)
        write_tree(target, {"whole": ""})

    monkeypatch.setattr(pip_install, "install_lock", install)
    write_tree(tmp_path, {"site-old/x": ""})
    first = ensure_site(tmp_path, {})
    assert ensure_site(tmp_path, {}) == first
    assert len(runs) == 1 and not (tmp_path / "site-old").exists()


def test_what_a_machine_cannot_have_is_told_at_each_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def install(_lock: Path, target: Path, *_more: object, **_options: object) -> str:
        write_tree(target, {"whole": ""})
        return "libsass"

    monkeypatch.setattr(pip_install, "install_lock", install)
    for _build in range(2):
        bootstrap._tell_without(ensure_site(tmp_path, {}))
        told = capsys.readouterr().out.splitlines()[-1]
        assert told.strip() == (
            "libsass cannot be had on this machine: SCSS is compiled by Dart Sass"
        )


def test_assetbuild_is_copied_once_for_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"assetbuild/a.py": "1", "assetbuild/sub/b.txt": "2", "assetbuild/__pycache__/c": "3"}
    monkeypatch.setattr(bootstrap, "ROOT", write_tree(tmp_path / "pack", files))
    cache = tmp_path / "cache"
    cache.mkdir()
    first = ensure_package(cache)
    assert read_tree(first) == {"assetbuild/a.py": b"1", "assetbuild/sub/b.txt": b"2"}
    write_tree(first, {"assetbuild/__pycache__/a.pyc": "kept"})
    # the platform unpacks the same buildpack into another folder
    monkeypatch.setattr(bootstrap, "ROOT", write_tree(tmp_path / "pack again", files))
    assert ensure_package(cache) == first
    write_tree(tmp_path / "pack again", {"assetbuild/a.py": "4"})
    second = ensure_package(cache)
    assert second != first and not first.exists()


def test_lock_pins_every_file_and_names_no_index() -> None:
    text = bootstrap.LOCK.read_text() + bootstrap.LOCK.with_name("source.lock").read_text()
    assert "://" not in text
    pins = [line for line in text.splitlines() if not line.startswith((" ", "#"))]
    assert pins and all("==" in line and line.endswith("\\") for line in pins)


def test_lock_holds_every_dependency() -> None:
    project = load_toml((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[^A-Za-z0-9-]", one)[0].lower() for one in project["dependencies"]}
    pinned = {line.partition("==")[0] for line in bootstrap.LOCK.read_text().splitlines()}
    assert wanted - pinned == set(), "run `make lock`"


def test_scripts_are_executable_and_short_posix_sh() -> None:
    for path in sorted((ROOT / "bin").iterdir()):
        assert os.access(path, os.X_OK), path
        text = path.read_text()
        assert text.startswith("#!/bin/sh\n") and len(text.splitlines()) < 25, path


def test_detect_answers_by_what_lies_in_the_app(tmp_path: Path) -> None:
    detect = [str(ROOT / "bin/detect"), str(tmp_path)]
    no = subprocess.run(detect, capture_output=True, text=True, check=False)
    assert (no.returncode, no.stdout) == (1, "") and "assetbuild.toml" in no.stderr
    write_tree(tmp_path, {"pyproject.toml": "[tool.assetbuild.assets]\n"})
    yes = subprocess.run(detect, capture_output=True, text=True, check=False)
    assert (yes.returncode, yes.stdout) == (0, "assetbuild\n")


@pytest.mark.network
def test_python_without_pip_installs_once_and_runs(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "PATH": f"{tmp_path}/bare/bin:/usr/bin:/bin",
    }
    argv = [str(ROOT / "bin/with-assetbuild"), str(tmp_path / "a cache"), "", "--version"]
    first = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    assert "Installing" in first.stdout and "assetbuild, version" in first.stdout
    again = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
    assert again.stdout.startswith("assetbuild, version")


@pytest.mark.parametrize("name", ["compile", "detect", "report", "test", "test-compile"])
def test_script_without_its_folders_tells_its_usage(name: str) -> None:
    done = subprocess.run(
        [str(ROOT / "bin" / name)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.split(" ")[:2]) == (2, ["usage:", name])
