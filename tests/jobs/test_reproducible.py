"""--check-reproducible: two builds in two environments, compared file by file."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from assetbuild.assets.result import BuildOptions
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.reproducible import check_project
from assetbuild.reporting import TextReporter
from tests.support.tree import read_tree, write_tree

FILES: dict[str, str | bytes] = {
    "assets/app.scss": ".a { background: url(a.svg) }\n",
    "assets/a.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>\n",
    "assets/x/b.js": "export const  b = 1;\n",
}
# an esbuild of the app's own that writes another text each time
UNSTEADY = """#!/bin/sh
for one in "$@"; do
  case $one in --outdir=*) out=${one#*=} ;; --metafile=*) meta=${one#*=} ;; esac
done
mkdir -p "$out"
echo "now($(date +%s%N));" > "$out/app.js"
echo '{"inputs": {}}' > "$meta"
"""


def check(project: Path) -> int:
    env = {"PATH": os.environ["PATH"], "HOME": str(project.parent)}
    return check_project(project, env, TextReporter(io.StringIO(), env={}), BuildOptions())


def test_the_same_bytes_are_counted_and_the_project_is_untouched(tmp_path: Path) -> None:
    project = write_tree(tmp_path / "app", FILES)
    before = read_tree(project)
    assert check(project) >= 7  # three outputs, two maps, the manifest, variants
    assert read_tree(project) == before


def test_a_build_that_fails_is_told_with_its_own_error(tmp_path: Path) -> None:
    project = write_tree(tmp_path / "app", {**FILES, "assets/app.scss": ".a { width: \n"})
    with pytest.raises(AssetbuildError) as caught:
        check(project)
    (found,) = caught.value.diagnostics
    assert found.code == "build/check-failed"
    assert "assets/app.scss:1" in found.message


def test_every_file_that_differs_is_named(tmp_path: Path) -> None:
    bundle = '[[bundle]]\nname = "js/app.js"\ntool = "esbuild"\nfiles = ["x/b.js"]\n'
    files = {
        **FILES,
        "assetbuild.toml": bundle,
        "node_modules/esbuild/package.json": '{"name": "esbuild", "version": "0.1.0"}',
        "node_modules/esbuild/bin/esbuild": UNSTEADY,
        "node_modules/.bin/esbuild": UNSTEADY,
    }
    project = write_tree(tmp_path / "app", files)
    for name in ("esbuild/bin", ".bin"):
        (project / "node_modules" / name / "esbuild").chmod(0o755)
    with pytest.raises(AssetbuildError) as caught:
        check(project)
    assert {one.code for one in caught.value.diagnostics} == {"build/not-reproducible"}
    messages = [one.message for one in caught.value.diagnostics]
    assert '"manifest.json" has other bytes the second time' in messages
    assert len([one for one in messages if one.startswith('"js/app.')]) >= 2
    assert not [one for one in messages if "app.css" in one]
