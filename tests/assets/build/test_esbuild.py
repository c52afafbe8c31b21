"""Bundles that the app's own esbuild makes, run with node."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.diagnostics import render_diagnostic
from tests.support.builds import build, failing, output_of, outputs
from tests.support.tree import write_tree

VERSION = "0.25.12"

APP: dict[str, str | bytes] = {
    "assetbuild.toml": '[[bundle]]\nname = "js/app.js"\ntool = "esbuild"\n'
    'files = ["js/main.ts"]\nargs = ["--splitting", "--format=esm"]\n',
    "assets/js/main.ts": 'import { used } from "./lib";\n'
    'console.log(used("hello"));\nimport("./lazy").then((one) => one.go());\n',
    "assets/js/lib.ts": 'export const used = (text: string) => text + "!";\n'
    'export const unused = () => "NEVER USED";\n',
    "assets/js/lazy.ts": 'export const go = () => console.log("lazy", '
    'new URL("../img/a.svg", import.meta.url).pathname.split("/").pop());\n',
    "assets/img/a.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
}


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("esbuild")
    npm = shutil.which("npm")
    assert npm is not None, "this test needs npm"
    subprocess.run(
        [npm, "install", "--silent", "--no-save", f"esbuild@{VERSION}"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "node_modules"


def lay(tmp_path: Path, node_modules: Path, files: Mapping[str, str | bytes] = APP) -> Path:
    shutil.copytree(node_modules, tmp_path / "node_modules", symlinks=True)
    return write_tree(tmp_path, files)


@pytest.mark.network
def test_bundle_is_split_shaken_named_and_runs(tmp_path: Path, node_modules: Path) -> None:
    lay(tmp_path, node_modules)
    result = build(tmp_path)
    entries = {str(name): one for name, one in result.manifest.entries.items()}
    assert "js/app.js" in entries and not any("main" in one or "lib." in one for one in entries)
    (lazy,) = [one for one in entries if one.startswith("js/lazy") and one.endswith(".js")]
    assert lazy in entries["js/app.js"].references
    node = shutil.which("node")
    assert node is not None
    module = (result.output / entries["js/app.js"].hashed).with_suffix(".mjs")
    shutil.copy(result.output / entries["js/app.js"].hashed, module)
    write_tree(result.output, {"js/package.json": '{"type": "module"}'})
    done = subprocess.run([node, str(module)], capture_output=True, text=True, check=True)
    svg = entries["img/a.svg"].hashed.rpartition("/")[2]
    assert done.stdout.splitlines() == ["hello!", f"lazy {svg}"]
    scripts = [data for name, data in outputs(tmp_path).items() if name.endswith(".js")]
    assert scripts and not any(b"NEVER USED" in data for data in scripts)


@pytest.mark.network
def test_second_run_rests_and_an_imported_file_counts(tmp_path: Path, node_modules: Path) -> None:
    lay(tmp_path, node_modules)
    first = build(tmp_path)
    time.sleep(0.1)  # folders younger than 50 ms are not trusted: list them once more
    build(tmp_path)
    assert build(tmp_path).stats.is_up_to_date
    again = build(
        tmp_path, {"assets/js/lib.ts": 'export const used = (text: string) => text + "?";\n'}
    )
    assert "js/app.js" in again.changed
    assert build(tmp_path, {"assets/js/lib.ts": APP["assets/js/lib.ts"]}).manifest == first.manifest


@pytest.mark.network
def test_a_map_that_an_input_brought_is_followed_and_is_an_input(
    tmp_path: Path, node_modules: Path
) -> None:
    def third_party(source: str) -> str:
        return json.dumps(
            {
                "version": 3,
                "sources": [source],
                "sourcesContent": ["their own text"],
                "names": [],
                "mappings": "AAAA",
            }
        )

    lib = 'export const used = (text) => text + "!";\n//# sourceMappingURL=lib.js.map\n'
    files = {
        "assets/js/main.ts": 'import { used } from "pkg";\nconsole.log(used("hello"));\n',
        "node_modules/pkg/package.json": '{"main": "dist/lib.js"}',
        "node_modules/pkg/dist/lib.js": lib,
        "node_modules/pkg/dist/lib.js.map": third_party("../src/lib.ts"),
    }
    result = build(lay(tmp_path, node_modules, {**APP, **files}))
    published = json.loads(output_of(result, "js/app.js.map"))
    assert published["sources"] == ["node_modules/pkg/src/lib.ts", "assets/js/main.ts"]
    assert published["sourcesContent"][0] == "their own text"
    again = build(tmp_path, {"node_modules/pkg/dist/lib.js.map": third_party("webpack://p/a.ts")})
    published = json.loads(output_of(again, "js/app.js.map"))
    assert published["sources"] == ["webpack://p/a.ts", "assets/js/main.ts"]


@pytest.mark.network
def test_error_is_told_at_the_users_line(tmp_path: Path, node_modules: Path) -> None:
    lay(tmp_path, node_modules)
    broken = 'import { x } from "./nope";\nx();\n'
    (item,) = failing(tmp_path, {"assets/js/main.ts": broken})
    assert render_diagnostic(item).splitlines() == [
        'bundle/esbuild: Could not resolve "./nope"',
        "  assets/js/main.ts:1:19",
        '    import { x } from "./nope";',
        "                      ^^^^^^^^",
    ]


def test_missing_esbuild_says_what_to_install(tmp_path: Path) -> None:
    (item,) = failing(tmp_path, APP)
    assert (item.code, item.hint) == ("bundle/no-esbuild", "npm install --save-dev esbuild")


def test_unknown_entry_names_the_nearest(tmp_path: Path) -> None:
    text = '[[bundle]]\nname = "js/app.js"\ntool = "esbuild"\nfiles = ["js/mian.ts"]\n'
    found = failing(tmp_path, {**APP, "assetbuild.toml": text})
    assert [one.code for one in found] == ["bundle/no-esbuild", "bundle/unknown-member"]
    assert found[1].hint == 'did you mean "js/main.ts"?'
