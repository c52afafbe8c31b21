"""A build of what changed contents reach equals a build of everything, byte for byte."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from assetbuild.assets.build.state import StateFile
from assetbuild.assets.result import BuildResult
from assetbuild.diagnostics import AssetbuildError, Diagnostic
from assetbuild.jobs.build import AssetBuilder
from assetbuild.reporting import TextReporter
from tests.support.builds import ENV, build, options_for, output_of
from tests.support.pictures import make_png
from tests.support.random_trees import Files, RandomTree
from tests.support.tree import read_tree, write_tree

# more by hand: ASSETBUILD_TEST_SEEDS=1000:2000 python -m pytest tests/assets/build/test_scope.py
SEEDS = range(*map(int, os.environ.get("ASSETBUILD_TEST_SEEDS", "0:1").split(":")))
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


MANY = {f"assets/plain/{number}.txt": f"{number}" for number in range(40)}


def build_twice(tmp_path: Path, files: Files, edits: Files) -> BuildResult:
    """Build the files, then the edited ones; hold the second against a fresh build."""
    build(tmp_path / "app", {**MANY, **files})
    edited = build(tmp_path / "app", edits)
    fresh = build(tmp_path / "fresh", {**MANY, **files, **edits})
    assert edited.manifest == fresh.manifest
    assert edited.diagnostics == fresh.diagnostics
    assert served(edited) == served(fresh)
    again = build(tmp_path / "app")
    assert again.stats.is_up_to_date
    return edited


def counts(result: BuildResult) -> tuple[int, int, int]:
    """Return how many outputs were compiled, remembered and copied."""
    return (result.stats.compiled, result.stats.cached, result.stats.copied)


def test_one_changed_script_is_all_that_is_worked_on(tmp_path: Path) -> None:
    files: Files = {"assets/a.js": "a( 1 );", "assets/b.css": ".b { c: d }"}
    result = build_twice(tmp_path, files, {"assets/a.js": "a( 2 );"})
    assert counts(result) == (1, 0, 0)
    assert [str(one) for one in result.changed] == ["a.js", "a.js.map"]


def test_what_names_a_changed_file_is_named_again_through_cycles(tmp_path: Path) -> None:
    files: Files = {
        "assets/a.js": "import './b.js'",
        "assets/b.js": "import './a.js'; new URL('c.txt', import.meta.url)",
        "assets/page.html": '<script type="module" src="a.js"></script>',
        "assets/c.txt": "1",
    }
    result = build_twice(tmp_path, files, {"assets/c.txt": "2"})
    names = [str(one) for one in result.changed if not one.endswith(".map")]
    assert names == ["a.js", "b.js", "c.txt", "page.html"]
    assert result.stats.copied == 1


def test_the_plain_css_that_a_sheet_imports_is_part_of_it(tmp_path: Path) -> None:
    files: Files = {"assets/a.css": '@import "b.css";', "assets/b.css": ".b { c: d }"}
    result = build_twice(tmp_path, files, {"assets/b.css": ".b { c: e }"})
    assert b"e}" in output_of(result, "a.css").replace(b" ", b"")


def test_a_partial_that_is_imported_no_longer_is_forgotten(tmp_path: Path) -> None:
    files: Files = {"assets/a.scss": '@import "p";', "assets/_p.scss": ".p { c: d }"}
    edits: Files = {"assets/a.scss": ".a { c: d }", "assets/_p.scss": ".p { c: e }"}
    assert counts(build_twice(tmp_path, files, edits)) == (1, 0, 0)


def test_a_source_that_is_imported_no_longer_becomes_an_output(tmp_path: Path) -> None:
    files: Files = {"assets/a.scss": '@import "p";', "assets/p.scss": ".p { c: d }"}
    result = build_twice(tmp_path, files, {"assets/a.scss": ".a { c: d }"})
    assert "p.css" in result.manifest.entries


def test_a_part_with_the_name_of_an_output_is_not_taken_for_it(tmp_path: Path) -> None:
    files: Files = {
        "assets/a.css": ".a { c: d }",
        "assets/a.scss": "$x: 1px; .b { c: $x }",
        "assetbuild.toml": '[[rule]]\nglob = "a.scss"\nentry = false\n',
    }
    result = build_twice(tmp_path, files, {"assets/a.css": ".a { c: e }"})
    assert counts(result) == (1, 0, 0)
    assert {str(name): file for name, file in result.sources.items()}["a.css"] == "assets/a.css"


def test_a_bundle_with_the_name_of_a_part_keeps_its_other_members(tmp_path: Path) -> None:
    files: Files = {
        "assets/a.scss": "@import url(c.css); $x: 1px; .a { c: $x }",
        "assets/b.css": ".b { c: d }",
        "assets/c.css": ".c { c: d }",
        "assetbuild.toml": '[[rule]]\nglob = "a.scss"\nentry = false\n'
        '[[bundle]]\nname = "a.css"\nfiles = ["b.css", "a.scss"]\n',
    }
    result = build_twice(tmp_path, files, {"assets/b.css": ".b { c: e }"})
    assert b".b{c:e}" in output_of(result, "a.css")
    result = build(tmp_path / "app", {"assets/a.scss": ".a { c: f }"})
    assert output_of(result, "a.css").startswith(b".b{c:e}.a{c:f}")


def test_a_mark_that_goes_takes_its_sheet_along(tmp_path: Path) -> None:
    files: Files = {
        "assets/a.css": ".a { background: url(a.png); /* sprite: s */ }",
        "assets/a.png": make_png(4, 4, seed=1),
    }
    result = build_twice(tmp_path, files, {"assets/a.css": ".a { background: url(a.png) }"})
    assert not [one for one in result.manifest.entries if one.startswith("sprites/")]


def test_a_configuration_below_a_root_is_more_than_a_source(tmp_path: Path) -> None:
    config = '[assets]\nroots = ["."]\nexclude = ["assets/**", "public/**"]\nminify = '
    files: Files = {"assetbuild.toml": f"{config}true\n", "a.css": ".a { b: c }"}
    result = build_twice(tmp_path, files, {"assetbuild.toml": f"{config}false\n"})
    assert output_of(result, "a.css").startswith(b".a { b: c }")


def test_a_build_that_looks_at_everything_tells_why(tmp_path: Path) -> None:
    project = tmp_path / "app"
    build(project, {**MANY, "assets/a.png": make_png(4, 4, seed=1)})
    write_tree(project, {"assets/a.png": make_png(4, 4, seed=2)})
    written = io.StringIO()
    reporter = TextReporter(written, env={}, verbosity=1)
    with AssetBuilder(project, env=ENV, reporter=reporter, options=options_for(project)) as builder:
        builder.build()
    assert 'building all: "assets/a.png" is a picture' in written.getvalue()


@pytest.mark.parametrize("name", ["records.json", "survey.json"])
def test_a_state_of_two_builds_is_not_trusted(tmp_path: Path, name: str) -> None:
    project = tmp_path / "app"
    build(project, {**MANY, "assets/a.js": "a(1)"})
    (file,) = (tmp_path / "app-cache/projects").glob(f"*/{name}")
    file.write_bytes(file.read_bytes() + b" ")
    result = build(project, {"assets/a.js": "a(2)"})
    assert result.stats.copied == len(MANY)
