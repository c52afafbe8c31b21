"""A build of what changed contents reach equals a build of everything, byte for byte."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from assetbuild.assets.build.state import StateFile
from assetbuild.assets.result import BuildResult
from assetbuild.diagnostics import AssetbuildError, Diagnostic
from tests.support.builds import build, options_for
from tests.support.random_trees import RandomTree
from tests.support.tree import read_tree

# more by hand: ASSETBUILD_TEST_SEEDS=1000:2000 python -m pytest tests/assets/build/test_scope.py
SEEDS = range(*map(int, os.environ.get("ASSETBUILD_TEST_SEEDS", "0:3").split(":")))
EDITS = int(os.environ.get("ASSETBUILD_TEST_EDITS", "5"))


def attempt(project: Path) -> tuple[BuildResult | None, tuple[Diagnostic, ...]]:
    try:
        result = build(project)
    except AssetbuildError as failure:
        return None, failure.diagnostics
    return result, result.diagnostics


def lay(project: Path, tree: RandomTree) -> None:
    """Bring the files of a project to those of the tree; what is the same is not touched."""
    for name in read_tree(project):
        is_ours = name.startswith(("public/", ".assetbuild/"))
        if not is_ours and name not in tree.files:
            (project / name).unlink()
    for name, content in tree.files.items():
        path = project / name
        data = content.encode() if isinstance(content, str) else content
        if path.exists() and path.read_bytes() == data:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if tree.is_renamed():
            temporary = path.with_name(f".{path.name}.swp")
            temporary.write_bytes(data)
            temporary.replace(path)
        else:
            path.write_bytes(data)


def served(result: BuildResult) -> dict[str, bytes]:
    """Return the bytes of all that the manifests name, and theirs."""
    entries = result.manifest.entries.values()
    named = {one.hashed for one in entries}
    named |= {variant.path for one in entries for variant in one.variants.values()}
    files = read_tree(result.output)
    assert named <= files.keys()
    manifests = {
        one for one in files if one.endswith(".json") and one.rpartition("/")[0] in {"", ".vite"}
    }
    return {name: files[name] for name in named | manifests}


def state_of(project: Path) -> tuple[dict[str, Any], Any]:
    """Return what is remembered: records without their reasons, and the survey."""
    cache_dir = options_for(project).cache_dir
    assert cache_dir is not None
    state = StateFile(cache_dir, project.resolve(), project.resolve())
    rows = json.loads(state.read_records())["outputs"]
    for row in rows.values():
        row[2] = ""
    return rows, json.loads(state.read_survey())


@pytest.mark.parametrize("seed", SEEDS)
def test_edits_give_what_a_fresh_build_gives(tmp_path: Path, seed: int) -> None:
    tree = RandomTree(seed)
    project = tmp_path / "edited"
    for turn in range(EDITS):
        if turn:
            tree.edit()
        lay(project, tree)
        fresh = tmp_path / f"fresh-{turn}"
        lay(fresh, tree)
        edited, told = attempt(project)
        expected, expected_told = attempt(fresh)
        assert told == expected_told, tree.last
        if edited is None or expected is None:
            assert edited is expected
            continue
        assert edited.manifest == expected.manifest, tree.last
        assert edited.sources == expected.sources, tree.last
        files = served(edited)
        # a manifest that is asked for no longer stays where it is
        assert {one: files[one] for one in served(expected)} == served(expected), tree.last
        assert state_of(project) == state_of(fresh), tree.last
        again = build(project)
        assert again.stats.is_up_to_date, tree.last
        assert again.diagnostics == expected_told
