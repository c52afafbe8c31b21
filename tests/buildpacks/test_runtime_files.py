"""The runtime that lies in a slug, run in a root that has nothing but sh and the C library."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from assetbuild.buildpacks.runtime import FOLDER, parse_loader
from assetbuild.buildpacks.runtime_files import install_runtime
from tests.support.tree import read_tree

ENV = {"PATH": os.environ["PATH"]}
MAX_LIBRARY_BYTES = 25_000_000


def make_bare_root(root: Path) -> Path:
    """Make a root with sh, dirname and env, and the C library that they need; no Python."""
    (root / "usr/bin").mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    for program in ("sh", "dirname", "env"):
        found = shutil.which(program, path="/usr/bin:/bin")
        assert found is not None
        told = subprocess.run(["ldd", found], capture_output=True, text=True, check=True).stdout
        loader = parse_loader(told)
        libraries = [one.split()[2] for one in told.splitlines() if "=> /" in one]
        for path in [found, *libraries, *([loader] if loader else [])]:
            target = root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    # what any run image has: the rest of the C library, and a random device
    for name in ("libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1"):
        for place in (Path("/lib/x86_64-linux-gnu"), Path("/lib/aarch64-linux-gnu")):
            if (place / name).exists():
                target = root / str(place / name).lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(place / name, target)
    return root


@pytest.mark.e2e
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_release_command_runs_in_a_root_without_python(tmp_path: Path) -> None:
    root = make_bare_root(tmp_path / "root")
    report = install_runtime(root / "app", env=ENV)
    assert report.library_bytes < MAX_LIBRARY_BYTES
    script = ". /app/.profile.d/assetbuild.sh; assetbuild --version && assetbuild --help"
    done = subprocess.run(
        [
            "chroot",
            str(root),
            "/usr/bin/env",
            "-i",
            "HOME=/app",
            "PATH=/usr/bin:/bin",
            "sh",
            "-c",
            script,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "assetbuild, version" in done.stdout


def test_second_installation_gives_the_same_bytes(tmp_path: Path) -> None:
    first = install_runtime(tmp_path / "a", env=ENV)
    second = install_runtime(tmp_path / "b", env=ENV)
    assert first == second
    assert read_tree(tmp_path / "a") == read_tree(tmp_path / "b")
    launcher = tmp_path / "a" / FOLDER / "bin/assetbuild"
    done = subprocess.run([launcher, "--version"], env={}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
