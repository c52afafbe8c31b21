"""The three packs of fixtures/packs: on a small app, with the registries."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from assetbuild.buildpacks.chain import ChainPack, Outcome
from assetbuild.buildpacks.runtime import PATH_FILE
from assetbuild.buildpacks.runtime_files import install_runtime
from tests.support.chain import Site
from tests.support.tree import write_tree

PACKS = Path(__file__).parent.parent / "fixtures/packs"


def list_files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def pack(site: Site, name: str) -> ChainPack:
    copy = site.root / "packs" / name
    shutil.copytree(PACKS / name, copy)
    return ChainPack(label=name, source=name, root=copy)


@pytest.mark.parametrize("name", ["node", "python", "copy"])
def test_a_pack_says_no_to_an_app_that_is_not_its_own(tmp_path: Path, name: str) -> None:
    site = Site(tmp_path)
    result = site.run_one(pack(site, name))
    assert result.failure is not None
    assert result.failure.code == "pack/not-detected"


def test_copy_copies(tmp_path: Path) -> None:
    site = Site(tmp_path)
    write_tree(site.app, {".copy": "# from to\na/b.txt  public/c.txt", "a/b.txt": "hello"})
    assert site.run(pack(site, "copy")).failed is None
    assert (site.app / "public/c.txt").read_text() == "hello"


@pytest.mark.network
def test_the_three_make_an_app_that_runs_on_its_own(tmp_path: Path) -> None:
    # the machine's proxies and certificates, as a local build passes them on
    site = Site(tmp_path, left_s=300.0, host=os.environ)
    write_tree(
        site.app,
        {
            "package.json": '{"private": true, "dependencies": {"left-pad": "1.3.0"}}',
            "requirements.txt": "click==8.1.7\n",
            ".copy": "a.txt b.txt\n",
            "a.txt": "a",
        },
    )
    state = site.run(pack(site, "node"), pack(site, "python"), pack(site, "copy"))
    assert [one.outcome for one in state.results] == [Outcome.APPLIED] * 3
    assert (site.app / "node_modules/left-pad/index.js").is_file()
    assert state.results[1].report["python_version"].startswith("3.")
    assert state.env.set["PYTHONHOME"].endswith("/.heroku/python")
    # at boot: nothing but the slug's own profile scripts and HOME
    script = (
        'for one in .profile.d/*.sh; do . "$one"; done; command -v python; '
        'python -c "import click, sys; print(sys.prefix, click.__file__)"'
    )
    told = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=site.app,
        env={"HOME": str(site.app), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert told.splitlines()[0] == f"{site.app}/.heroku/python/bin/python"
    assert told.splitlines()[1].startswith(f"{site.app}/.heroku/python ")
    # the runtime asks this Python, and leaves nothing in it but the line that finds assetbuild
    before = list_files(site.app / ".heroku/python")
    install_runtime(site.app, env={"PATH": os.environ["PATH"]})
    (line,) = list_files(site.app / ".heroku/python") - before
    assert line.name == PATH_FILE
    # a second build takes the copied Python from its cache
    again = Site(tmp_path / "again")
    shutil.copytree(site.cache, again.cache)
    write_tree(again.app, {"requirements.txt": "click==8.1.7\n"})
    assert again.run(pack(again, "python")).failed is None
    assert "of the last build" in again.log.text
    # nor does what lies in the app already become a Python in a Python
    built = list_files(again.app / ".heroku/python")
    shutil.rmtree(again.root / "packs")
    assert again.run(pack(again, "python")).failed is None
    assert list_files(again.app / ".heroku/python") == built
