"""The files of a layers folder, against the formats of the buildpack specification 0.10."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from assetbuild.buildpacks.cnb import API, list_layer_files, render_launch
from assetbuild.environ import EnvPatch
from assetbuild.jobs.cnb import LayersRequest, build_layers, find_stack
from tests.support.chain import Log
from tests.support.packs_loader import loader
from tests.support.tree import write_tree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent.parent
# spec: launch.toml (TOML), layer content metadata (TOML); nothing else is allowed at its top
PROCESS_KEYS = {"type", "command", "args", "default", "working-dir"}
COMMAND = 'gunicorn "app:x" --bind=0.0.0.0:$PORT \x7f \\ ü'


def test_launch_names_each_process_and_one_default() -> None:
    launch = tomllib.loads(
        render_launch({"web": COMMAND, "release": "assetbuild upload", "bad type": "x"})
    )
    assert set(launch) == {"processes"}
    processes = launch["processes"]
    assert [one["type"] for one in processes] == ["release", "web"]
    assert [one["default"] for one in processes] == [False, True]
    for one in processes:
        assert set(one) <= PROCESS_KEYS
        assert isinstance(one["command"], list), "since API 0.9 a command is a list"
    assert processes[1]["command"][2].endswith(COMMAND)


def test_a_process_starts_as_on_the_platform(tmp_path: Path) -> None:
    write_tree(tmp_path, {".profile.d/a.sh": 'export WORD="from $HOME"\n'})
    launch = tomllib.loads(render_launch({"web": 'echo "$WORD" && echo two'}))
    done = subprocess.run(
        launch["processes"][0]["command"],
        cwd=tmp_path,
        env={"HOME": "/home/other", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == f"from {tmp_path}\ntwo\n"


def test_layers_are_typed_and_exports_reach_later_buildpacks() -> None:
    env = EnvPatch(set={"PATH": "/x:/bin", "MULTI": "a\nb"}, unset=frozenset({"GONE"}))
    files = list_layer_files({"web": "serve"}, env)
    for name in ("cache.toml", "chain.toml"):
        layer = tomllib.loads(files[name])
        assert set(layer) == {"types"}
        assert set(layer["types"]) == {"launch", "build", "cache"}
    assert tomllib.loads(files["cache.toml"])["types"]["cache"] is True
    assert tomllib.loads(files["chain.toml"])["types"]["build"] is True
    assert files["chain/env.build/PATH.override"] == "/x:/bin"
    assert files["chain/env.build/MULTI.override"] == "a\nb"


def test_no_process_is_an_empty_launch() -> None:
    assert tomllib.loads(list_layer_files({}, EnvPatch())["launch.toml"]) == {}


def test_buildpack_toml_describes_us() -> None:
    document = tomllib.loads((ROOT / "buildpack.toml").read_text())
    assert document["api"] == API
    assert {"id", "version", "name"} <= set(document["buildpack"])
    assert document["targets"], "lifecycles of API 0.10 choose by target"


def test_the_stack_is_found_in_what_builders_tell() -> None:
    assert find_stack({"CNB_STACK_ID": "heroku-22"}) == "heroku-22"
    assert find_stack({"CNB_TARGET_DISTRO_VERSION": "26.04"}) == "heroku-26"
    assert find_stack({"CNB_STACK_ID": "io.buildpacks.stacks.jammy"}) == "heroku-24"


def test_detect_answers_a_lifecycle_by_its_own_exit_code(tmp_path: Path) -> None:
    env = {"PATH": "/usr/bin:/bin", "CNB_BUILD_PLAN_PATH": str(tmp_path / "plan.toml")}

    def detect(app: Path) -> int:
        app.mkdir(exist_ok=True)
        argv = [str(ROOT / "bin/detect"), "/platform", str(tmp_path / "plan.toml")]
        return subprocess.run(argv, cwd=app, env=env, capture_output=True, check=False).returncode

    assert detect(tmp_path / "empty") == 100
    assert detect(write_tree(tmp_path / "app", {".buildpacks": ""})) == 0


def test_a_classic_call_below_a_shim_is_answered_classically(tmp_path: Path) -> None:
    env = {"PATH": "/usr/bin:/bin", "CNB_BUILD_PLAN_PATH": str(tmp_path / "plan.toml")}
    write_tree(tmp_path, {"app/.buildpacks": "", "empty/x": "", "elsewhere/manage.py": ""})

    def detect(app: str) -> int:
        argv = [str(ROOT / "bin/detect"), str(tmp_path / app)]
        folder = tmp_path / "elsewhere"
        return subprocess.run(argv, cwd=folder, env=env, capture_output=True).returncode  # noqa: PLW1510

    assert (detect("app"), detect("empty")) == (0, 1)


def test_build_writes_layers(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app", {"Procfile": "web: serve\n"})
    log = Log()
    built = build_layers(
        LayersRequest(
            app=app,
            layers=tmp_path / "layers",
            platform=write_tree(tmp_path / "platform", {"env/TOKEN": "x"}),
            shared_tmp=tmp_path,
            load=loader("releases_web", "records_environment", "exports_odd_values"),
        ),
        host={"CNB_STACK_ID": "heroku-22"},
        reporter=log,
    )
    assert built.failures == (), log.text
    layers = tmp_path / "layers"
    launch = tomllib.loads((layers / "launch.toml").read_text())
    assert "web" in [one["type"] for one in launch["processes"]]
    assert (layers / "chain/env.build/MULTI_LINE.override").read_text().startswith("first\n")
    assert (app / "seen/config/TOKEN").read_text() == "x"
    assert (layers / "cache/packs").is_dir()
