"""The runtime that lies in a slug: the same bytes each time, whole, and apart from the app's Python."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from assetbuild.buildpacks.runtime import CHAIN_PYTHON, FOLDER, LIBRARIES, OWN
from assetbuild.buildpacks.runtime_files import install_runtime
from assetbuild.buildpacks.runtime_parts import NOTICES, SBOM
from tests.support.tree import read_tree, write_tree

ENV = {"PATH": os.environ["PATH"]}


def test_second_installation_gives_the_same_bytes(tmp_path: Path) -> None:
    first = install_runtime(tmp_path / "a", env=ENV)
    second = install_runtime(tmp_path / "b", env=ENV)
    assert first == second
    assert read_tree(tmp_path / "a") == read_tree(tmp_path / "b")
    launcher = tmp_path / "a" / FOLDER / "bin/assetbuild"
    done = subprocess.run([launcher, "--version"], env={}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    check_parts(tmp_path / "a" / FOLDER)


def test_each_library_lies_there_once_and_the_configuration_is_read(tmp_path: Path) -> None:
    install_runtime(tmp_path, env=ENV)
    runtime = tmp_path / FOLDER
    found = [
        one.name for place in (OWN, LIBRARIES) for one in (runtime / place).glob("*.dist-info")
    ]
    assert len(found) == len(set(found))
    bill = json.loads((runtime / SBOM).read_text())
    has_tomli = sys.version_info < (3, 11)  # the standard library reads TOML since
    assert ("tomli" in {one["name"] for one in bill["components"]}) == has_tomli
    assert len(list((runtime / OWN).glob("tomli"))) == has_tomli
    assert (
        re.search(rf"\n *{OWN}/tomli\S*/LICENSE", (runtime / NOTICES).read_text()) or not has_tomli
    )

    write_tree(tmp_path, {"assetbuild.toml": '[assets]\noutput = "here"\n'})
    asked = [str(runtime / "bin/assetbuild"), "config", "--project", str(tmp_path)]
    done = subprocess.run(asked, env={}, capture_output=True, text=True, check=False)
    assert "here" in done.stdout, done.stderr


def test_chains_python_imports_assetbuild_and_none_of_its_libraries(tmp_path: Path) -> None:
    venv.create(tmp_path / "built/.heroku/python", symlinks=True)
    assert install_runtime(tmp_path / "built", env=ENV).interpreter_bytes == 0
    (tmp_path / "built").rename(tmp_path / "app")  # the platform unpacks a slug somewhere else
    python = tmp_path / "app" / CHAIN_PYTHON
    question = "import assetbuild.serve.assets as a; print(a.__file__); import botocore"
    asked = [str(python), "-I", "-c", question]
    done = subprocess.run(asked, env={}, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(str(tmp_path / "app" / FOLDER)), done.stderr
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError")

    # what the app installs itself comes first
    (own,) = (tmp_path / "app/.heroku/python/lib").glob("python3*/site-packages")
    (own / "assetbuild").mkdir()
    (own / "assetbuild/__init__.py").write_text("print('the app')")
    asked = [str(python), "-I", "-c", "import assetbuild"]
    assert subprocess.run(asked, env={}, capture_output=True, check=True).stdout == b"the app\n"


def test_chains_python_that_answers_something_else_is_not_used(tmp_path: Path) -> None:
    write_tree(tmp_path, {CHAIN_PYTHON: "#!/bin/sh\necho hello\n"})
    (tmp_path / CHAIN_PYTHON).chmod(0o755)
    assert install_runtime(tmp_path, env=ENV).interpreter_bytes > 0


def check_parts(runtime: Path) -> None:
    """The bill is what the specification asks for, and every licence that is named lies there."""
    text = (runtime / SBOM).read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    named = {one["name"] for one in json.loads(text)["components"]}
    assert named >= {"botocore", "click", "urllib3", "python"}
    assert "pillow" not in {one.lower() for one in named}
    notices = (runtime / NOTICES).read_text()
    assert all(f"\n{name}" in notices for name in named)
    texts = [
        line.strip() for line in notices.splitlines() if line.startswith("  l") and "/" in line
    ]
    assert len(texts) > 5
    assert all((runtime / one).is_file() for one in texts)
