"""The slug of polyglot_shop runs its release command and its web process with nothing else there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from assetbuild.buildpacks.procfile import parse_procfile
from tests.support.bare_root import copy_linked, make_bare_root
from tests.support.dyno import BOOT

ROOT = Path(__file__).parent.parent.parent
LIMIT_S = 120


def build_slug(out: Path, cache: Path) -> None:
    argv = [sys.executable, "-m", "assetbuild", "slug", "build", "--out", str(out)]
    app = ROOT / "fixtures/polyglot_shop"
    done = subprocess.run(
        [*argv, "--app", str(app), "--cache-dir", str(cache), "--no-isolate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return bytes(answer.read())


@pytest.mark.e2e
@pytest.mark.network
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_a_slug_needs_nothing_but_the_run_image(tmp_path: Path) -> None:
    root = make_bare_root(tmp_path / "root", programs=("bash", "sh", "dirname", "env"))
    slug = root / "app"
    build_slug(slug, tmp_path / "cache")
    # the libraries that a run image has and its Python packs link
    python = slug / ".heroku/python"
    for program in [python / "bin/python3", *python.glob("lib/python3.*/lib-dynload/*.so")]:
        copy_linked(root, str(program))

    def start(line: str, *variables: str) -> subprocess.Popen[str]:
        inside = ["/usr/bin/env", "-i", "HOME=/app", "PATH=/usr/bin:/bin", *variables]
        return subprocess.Popen(
            ["chroot", str(root), *inside, "/bin/bash", "-c", BOOT, line],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    types = parse_procfile((slug / "Procfile").read_text())
    assert types["release"] == "assetbuild upload"
    release = start(types["release"])
    told, _ = release.communicate(timeout=LIMIT_S)
    assert release.returncode == 0, told
    assert "release recorded" in told

    web = start(types["web"], "PORT=0")
    try:
        assert web.stdout is not None
        port = re.fullmatch(r"listening on (\d+)\n", web.stdout.readline())
        assert port is not None
        origin = f"http://127.0.0.1:{port[1]}"
        page = fetch(origin).decode()
        urls = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)
        assert len(urls) == 2
        bodies = [fetch(origin + url) for url in urls]
        assert b"normalize" in bodies[0] or b"html{" in bodies[0]
        assert all(bodies)
    finally:
        web.kill()
        web.communicate()
