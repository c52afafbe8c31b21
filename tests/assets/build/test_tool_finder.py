"""The compilers of one build: the app's own is told once; offline says what to run."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from assetbuild.assets.build.prepare import ToolFinder
from assetbuild.assets.tools.store import ToolStore
from assetbuild.diagnostics import AssetbuildError
from assetbuild.reporting import TextReporter
from tests.support.tree import write_tree


def test_the_apps_own_compiler_is_told_once(tmp_path: Path) -> None:
    less = tmp_path / "node_modules/less"
    write_tree(less, {"package.json": '{"version": "4.2.0"}', "lib/less/index.js": ""})
    lines = io.StringIO()
    store = ToolStore(folder=str(tmp_path / "cache"), env={}, is_offline=True)
    finder = ToolFinder(store, (str(tmp_path / "node_modules"),), TextReporter(lines, env={}))
    assert finder.version("less") == "4.2.0"
    assert finder.require_all(["less"])["less"].folder == str(less)
    finder.require_all(["less"])
    assert lines.getvalue().count("less 4.2.0 is the app's own, from node_modules") == 1
    assert finder.version("typescript") is not None
    with pytest.raises(AssetbuildError) as caught:
        finder.require_all(["typescript", "coffeescript"])
    assert caught.value.diagnostics[0].hint == (
        "with a network, run: assetbuild tools fetch typescript coffeescript"
    )
