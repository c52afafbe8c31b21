"""Compilers that the app brings: which are taken, which are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assetbuild.assets.tools.app import (
    find_app_program,
    find_app_tool,
    find_node_modules,
    stamp_app_tools,
)
from assetbuild.assets.tools.store import ToolStore
from tests.support.tree import write_tree


@pytest.mark.parametrize(
    ("package", "proof", "version", "name"),
    [
        ("coffee-script", "lib/coffee-script/coffee-script.js", "1.10.0", "coffeescript-1"),
        ("coffeescript", "lib/coffeescript/coffeescript.js", "2.5.1", "coffeescript"),
        ("less", "dist/less-node.cjs", "4.9.1", "less"),
        ("less", "lib/less/index.js", "3.13.1", "less"),
        ("typescript", "lib/typescript.js", "5.2.2", "typescript"),
        ("sass", "sass.default.cjs", "1.70.0", "dart-sass"),
    ],
)
def test_the_apps_own_copy_wins(
    tmp_path: Path, package: str, proof: str, version: str, name: str
) -> None:
    folder = tmp_path / "node_modules" / package
    write_tree(folder, {"package.json": json.dumps({"version": version}), proof: ""})
    store = ToolStore(folder=str(tmp_path / "cache"), env={}, is_offline=True)
    tool = store.require(name, find_node_modules(str(tmp_path)))
    assert (tool.version, tool.origin, tool.folder) == (version, "app", str(folder))


@pytest.mark.parametrize(
    ("package", "proof", "version", "name"),
    [
        ("typescript", "lib/typescript.js", "7.0.2", "typescript"),
        ("less", "lib/less/index.js", "4.6.0", "less"),
        ("sass", "sass.default.cjs", "1.63.6", "dart-sass"),
        ("coffeescript", "lib/coffeescript/coffeescript.js", "99.999.9999", "coffeescript"),
        ("less", "else.js", "4.2.0", "less"),
    ],
)
def test_an_apps_version_that_cannot_be_driven_is_left_alone(
    tmp_path: Path, package: str, proof: str, version: str, name: str
) -> None:
    write_tree(
        tmp_path / "node_modules" / package,
        {"package.json": json.dumps({"version": version}), proof: ""},
    )
    assert find_app_tool(name, (str(tmp_path / "node_modules"),)) is None


def test_the_apps_program_is_the_one_for_this_machine(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    for platform in ("darwin-arm64", "linux-musl-x64", "linux-x64"):
        package = f"sass-embedded-{platform}"
        files = {"package.json": '{"version": "1.99.0"}', "dart-sass/src/dart": ""}
        write_tree(modules / package, files)
    for platform in ("linux-x64", "linux-musl-x64"):
        found = find_app_program([str(modules)], platform=platform)
        assert found is not None
        assert (found.version, found.origin) == ("1.99.0", "app")
        assert found.folder == str(modules / f"sass-embedded-{platform}/dart-sass/src")
    assert find_app_program([str(modules)], platform="linux-riscv64") is None


def test_node_modules_above_the_repository_do_not_count(tmp_path: Path) -> None:
    write_tree(tmp_path, {"node_modules/x": "", "repo/.git/x": "", "repo/app/node_modules/x": ""})
    write_tree(tmp_path, {"repo/node_modules/x": ""})
    assert find_node_modules(str(tmp_path / "repo/app")) == (
        str(tmp_path / "repo/app/node_modules"),
        str(tmp_path / "repo/node_modules"),
    )


def test_another_version_of_the_apps_compiler_calls_for_a_build(tmp_path: Path) -> None:
    assert stamp_app_tools(str(tmp_path)) == {}
    less = tmp_path / "node_modules/less"
    stamps = []
    for version in ("4.1.0", "4.2.0"):
        write_tree(less, {"package.json": f'{{"version": "{version}"}}', "lib/less/index.js": ""})
        stamps.append(stamp_app_tools(str(tmp_path)))
    assert stamps == [{"app tool less": f"{version} {less}"} for version in ("4.1.0", "4.2.0")]
