"""action.yml and the recipes of docs/how-to/ci.md, run as their services run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.recipes import ActionRun, read_recipe
from tests.support.repos import make_repo, url_of
from tests.support.tree import write_tree

ROOT = Path(__file__).parent.parent.parent
pytestmark = [pytest.mark.e2e, pytest.mark.network]
APP = {
    ".buildpacks": "./packs/own\n",
    "packs/own/bin/detect": "#!/bin/sh\necho own\n",
    "packs/own/bin/compile": '#!/bin/sh\ncat "$3/GREETING" > "$1/greeting" || :\n',
    "packs/own/bin/test": '#!/bin/sh\ntest -f "$1/greeting" && echo "greeting is there"\n',
    "assets/site.scss": ".a { .b { width: 2px * 3 } }\n",
    "Procfile": "web: serve\n",
}


def environ() -> dict[str, str]:
    keep = ("PATH", "HOME", "LANG")
    return {
        name: value
        for name, value in os.environ.items()
        if name in keep or name.startswith(("PIP_", "SSL_", "HTTP", "http", "npm_config_"))
    }


def copy_tracked(target: Path) -> Path:
    """Copy what a checkout of this repository has."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout
    for name in names.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def test_the_action_builds_reports_packs_and_tests(tmp_path: Path, installed: Path) -> None:
    workspace = write_tree(tmp_path / "work space", APP)
    write_tree(workspace, {"config/GREETING": "hello"})
    # what a job before this one left in the cache that the action restores
    shutil.copytree(installed, tmp_path / "temp/assetbuild-cache")
    run = ActionRun(
        folder=copy_tracked(tmp_path / "action"),
        workspace=workspace,
        temp=tmp_path / "temp",
        env=environ(),
        inputs={"out": "build/my slug", "tar": "true", "test": "true", "env-dir": "config"},
    )
    outputs = run.run()
    assert [one.partition("@")[0] for one in run.used] == ["actions/cache"]
    assert outputs == {"slug": "build/my slug"}
    slug = workspace / outputs["slug"]
    assert (slug / "greeting").read_text() == "hello"
    assert (slug / "public/assets/manifest.json").is_file()
    with tarfile.open(workspace / "build/my slug.tgz") as tar:
        assert any(name.endswith("greeting") for name in tar.getnames())
    assert "within the budget" in run.printed
    assert "ok 1 - own" in run.printed


def test_the_recipe_for_gitlab_runs_line_by_line(tmp_path: Path, installed: Path) -> None:
    job = read_recipe(ROOT / "docs/how-to/ci.md", "GitLab CI")["slug"]
    repository = copy_tracked(tmp_path / "repository")
    make_repo(repository, {"README.md": "for the test\n"})
    project = write_tree(tmp_path / "project", APP)
    cached = project / job["cache"]["paths"][0]
    shutil.copytree(installed, cached)
    env: Mapping[str, str] = {**environ(), "ASSETBUILD_URL": url_of(repository), "CI": "true"}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (artifact,) = job["artifacts"]["paths"]
    with tarfile.open(project / artifact) as tar:
        names = tar.getnames()
    assert any(name.endswith("public/assets/manifest.json") for name in names)
    assert not any(cached.name in name for name in names), "the cache is no part of the slug"
