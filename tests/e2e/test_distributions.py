"""What `python -m build` makes installs and runs from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.tree import write_tree

ROOT = Path(__file__).parent.parent.parent
pytestmark = [pytest.mark.e2e, pytest.mark.network]

# what is read beside the modules: without any of these an installed copy fails
DATA = (
    "assetbuild/py.typed",
    "assetbuild/assets/manifest.schema.json",
    "assetbuild/assets/tools/tools.lock.json",
    "assetbuild/assets/languages/glue/less.js",
    "assetbuild/serve/reload.js",
)
# what a platform needs of the buildpack, and a packager of the sources
SOURCES = (
    "bin/compile",
    "bin/detect",
    "bin/with-assetbuild",
    "buildpack.toml",
    "requirements/build.lock",
    "LICENSE",
    "CHANGELOG.md",
    "tests/test_architecture.py",
)


def run(*argv: str | Path, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [str(one) for one in argv],
        cwd=cwd,
        env={**{name: os.environ[name] for name in os.environ if name != "PYTHONPATH"}, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel, built from the sdist, and the sdist."""
    out = tmp_path_factory.mktemp("dist")
    # a checkout of its own: what git does not know must not be in it
    checkout = tmp_path_factory.mktemp("checkout") / "assetbuild"
    run("git", "clone", "--quiet", "--no-hardlinks", ROOT, checkout, cwd=out)
    run(sys.executable, "-m", "build", "--outdir", out, checkout, cwd=out)
    (wheel,) = out.glob("*.whl")
    (sdist,) = out.glob("*.tar.gz")
    return wheel, sdist


def test_each_holds_what_it_needs(built: tuple[Path, Path]) -> None:
    wheel, sdist = built
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert set(DATA) - inside == set()
    assert any(one.endswith(".dist-info/licenses/LICENSE") for one in inside)
    assert not any(one.startswith(("tests/", "fixtures/", "benchmarks/")) for one in inside)
    with tarfile.open(sdist) as archive:
        members = {one.name.partition("/")[2]: one for one in archive.getmembers()}
    assert {*DATA, *SOURCES} - members.keys() == set()
    assert members["bin/compile"].mode & 0o111 == 0o111
    assert not any("node_modules" in one or one.startswith((".venv", ".git/")) for one in members)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_installs_and_builds_in_an_empty_folder(
    kind: str, built: tuple[Path, Path], tmp_path: Path
) -> None:
    file = built[0] if kind == "wheel" else built[1]
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    pip = (tmp_path / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check")
    # Python 3.10 brings a pip that fails on the markers of today's packages
    run(*pip, "pip>=24", cwd=tmp_path)
    run(*pip, file, cwd=tmp_path)
    app = write_tree(
        tmp_path / "app",
        {
            "assets/a.scss": "$c: red; a { color: $c }",
            "assets/b.coffee": "x = (a) -> a * 2\n",
            "assets/c.less": "@c: red; a { color: @c }",
            "assets/d.ts": "const n: number = 1\n",
        },
    )
    assetbuild = tmp_path / "venv/bin/assetbuild"
    env = {"ASSETBUILD_CACHE_DIR": str(tmp_path / "cache")}
    run(assetbuild, "compile", cwd=app, **env)
    run(assetbuild, "upload", "--quiet", cwd=app, **env)
    run(assetbuild, "doctor", cwd=app, **env)
    names = {one.name.partition(".")[0] for one in (app / "public/assets").iterdir()}
    assert names >= {"a", "b", "c", "d", "manifest"}
