"""The runtime that lies in a slug, run in a root that has nothing but sh and the C library."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from assetbuild.buildpacks.runtime_files import install_runtime
from tests.support.bare_root import make_bare_root

MAX_LIBRARY_BYTES = 25_000_000


@pytest.mark.e2e
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_release_command_runs_in_a_root_without_python(tmp_path: Path) -> None:
    root = make_bare_root(tmp_path / "root")
    report = install_runtime(root / "app", env={"PATH": os.environ["PATH"]})
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
