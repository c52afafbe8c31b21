"""bin/detect and bin/build, called as a Cloud Native lifecycle calls them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.test_ci_recipes import APP, environ
from tests.support.lifecycle import Phases, read_layers
from tests.support.tree import write_tree

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.e2e
@pytest.mark.network
def test_a_lifecycle_detects_builds_and_launches(tmp_path: Path, installed: Path) -> None:
    app = write_tree(tmp_path / "workspace", APP)
    write_tree(app, {"packs/own/bin/release": "#!/bin/sh\necho 'default_process_types: {b: c}'\n"})
    phases = Phases(
        buildpack=ROOT,
        app=app,
        platform=write_tree(tmp_path / "platform", {"env/GREETING": "hello"}),
        layers=tmp_path / "layers",
        env=environ(),
    )
    (tmp_path / "layers/cache").mkdir(parents=True)
    (tmp_path / "layers/cache/assetbuild").symlink_to(installed / "assetbuild")
    assert phases.detect() == 0
    code, said = phases.build()
    assert code == 0, said
    found = read_layers(tmp_path / "layers")
    assert found["cache.toml"]["types"] == {"launch": False, "build": False, "cache": True}
    processes = {one["type"]: one for one in found["launch.toml"]["processes"]}
    assert set(processes) == {"b", "release", "web"}
    assert [name for name, one in processes.items() if one["default"]] == ["web"]
    assert (app / "greeting").read_text() == "hello"
    # the launcher starts the command as it is, in the app's folder
    command = [*processes["release"]["command"]]
    command[2] = command[2].replace("assetbuild upload", "assetbuild --version")
    done = subprocess.run(command, cwd=app, env={"PATH": "/usr/bin:/bin"}, capture_output=True)  # noqa: PLW1510
    assert done.stdout.startswith(b"assetbuild, version"), done.stderr


def test_an_app_that_is_not_ours_is_refused_with_100(tmp_path: Path) -> None:
    phases = Phases(
        buildpack=ROOT,
        app=write_tree(tmp_path / "app", {"main.c": ""}),
        platform=write_tree(tmp_path / "platform", {"env/X": ""}),
        layers=tmp_path / "layers",
        env={"PATH": "/usr/bin:/bin"},
    )
    assert phases.detect() == 100
