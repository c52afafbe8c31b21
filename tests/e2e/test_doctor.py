"""The doctor inside a slug: run by the runtime that the slug carries."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from assetbuild.buildpacks.runtime import FOLDER, PROFILE
from assetbuild.buildpacks.runtime_files import install_runtime
from tests.jobs.test_doctor import codes, look
from tests.support.built_app import write_small_build
from tests.support.tree import write_tree

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    slug = tmp_path_factory.mktemp("runtime")
    install_runtime(slug, env={"PATH": os.environ["PATH"]})
    return slug


@pytest.fixture
def slug(runtime: Path, tmp_path: Path) -> Path:
    """A slug with its runtime and a build."""
    shutil.copytree(runtime, tmp_path / "slug", symlinks=True)
    write_small_build(tmp_path / "slug")
    return write_tree(tmp_path / "slug", {"Procfile": "release: assetbuild upload\n"})


def test_a_slug_is_examined_with_its_own_runtime(slug: Path) -> None:
    def run(*arguments: str) -> tuple[int, list[str]]:
        done = subprocess.run(
            [slug / FOLDER / "bin/assetbuild", "doctor", "--json", *arguments],
            cwd=slug,
            env={
                "DYNO": "release.1",
                "PATH": f"{slug}/{FOLDER}/bin:/usr/bin:/bin",
                "HOME": str(slug),
            },
            capture_output=True,
            check=False,
        )
        checks = json.loads(done.stdout)["result"]["checks"]
        return done.returncode, [one["code"] for check in checks for one in check["findings"]]

    # a dyno without a bucket cannot publish; all else is well
    assert run() == (1, ["publish/missing-variable"])
    (slug / "Procfile").unlink()
    (slug / PROFILE).unlink()
    (slug / "public/assets/robots.txt").unlink()
    assert run("--offline") == (
        1,
        [
            "doctor/missing-output",
            "doctor/no-release-entry",
            "doctor/runtime-not-on-path",
            "publish/missing-variable",
        ],
    )


def test_a_slug_whose_python_is_gone_is_told(slug: Path) -> None:
    shutil.rmtree(slug / FOLDER / "python")
    assert codes(look(slug), "release") == ["doctor/runtime-broken"]
    shutil.rmtree(slug / FOLDER / "bin")
    assert codes(look(slug), "release") == ["doctor/no-runtime"]
