"""Every command's --json is what docs/reference/json.md says, no more and no less."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from assetbuild.buildpacks.owners import OWNERS_NAME, render_owners
from assetbuild.buildpacks.runtime import FOLDER
from assetbuild.buildpacks.runtime_parts import SBOM
from assetbuild.buildpacks.sbom import Component, render_sbom
from assetbuild.cli.main import main
from tests.support.chain import PACKS
from tests.support.commands import walk_commands
from tests.support.json_shapes import is_match, list_leaves, read_page
from tests.support.tree import write_tree

# what prints no result of its own: they end in another program, or never, or answer the platform
WITHOUT = {"release", "serve", "completion"}
OWN = Component(name="assetbuild", version="1", kind="application", purl=None, licence="MIT")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSETBUILD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    for name in [one for one in os.environ if one.startswith(("AWS_", "ASSETBUILD_S3"))]:
        monkeypatch.delenv(name)
    app = tmp_path / "app"
    shutil.copytree(PACKS / "releases_web", app / "packs/one")
    write_tree(
        app,
        {
            "assets/a.scss": "@import 'b'; a { background: url(c.svg) }",
            "assets/_b.scss": "b { color: red }",
            "assets/c.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
            "assets/d.js": "/* " + "long " * 200 + "*/ let a = 'text of some length' // b",
            ".buildpacks": "./packs/one\n",
        },
    )
    slug = tmp_path / "slug"
    write_tree(slug, {"a.txt": "a" * 5000, "b/b.txt": "a" * 5000, OWNERS_NAME: render_owners({})})
    return write_tree(app, {f"../slug/{FOLDER}/{SBOM}": render_sbom(OWN, [OWN])})


Found = dict[str, list[Any]]


def run(found: Found, capfd: pytest.CaptureFixture[str], app: Path, *words: str) -> None:
    """Run a command and keep its result below its words, which come before its options."""
    main([*words, "--json", "--project", str(app)])
    document = json.loads(capfd.readouterr().out)
    assert document.keys() == {"diagnostics", "result"}
    names = (" ".join(words[:length]) for length in (2, 1))
    command = next(one for one in names if one in walk_commands())
    assert document["result"] is not None, (command, document["diagnostics"])
    found.setdefault(command, []).append(document["result"])


def compare(found: Found) -> None:
    """Hold what was printed against the page."""
    documented = read_page()
    for command, results in found.items():
        page = documented[command]
        leaves = [leaf for result in results for leaf in list_leaves(result)]
        for path, is_empty in leaves:
            assert any(is_match(path, one, is_prefix=is_empty) for one in page), (command, path)
        for one, meaning in page.items():
            is_met = any(is_match(path, one, is_prefix=is_empty) for path, is_empty in leaves)
            assert is_met or "optional" in meaning, (command, one)


def test_the_page_and_the_commands_agree(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found: Found = {}
    slug = str(app.parent / "slug")
    for words in (
        ("init",),
        ("doctor", "--offline"),
        ("compile",),
        ("config",),
        ("explain", "a.css"),
        ("cache", "info"),
        ("cache", "prune", "--all"),
        ("tools", "list"),
        ("upload", "--dry-run"),
        ("upload",),
        ("upload",),
        ("verify",),
        ("releases",),
        ("prune",),
        ("buildpacks", "explain"),
        ("buildpacks", "plan"),
        ("buildpacks", "lock"),
        ("buildpacks", "outdated"),
        ("slug", "report", slug),
        ("check",),
        ("unused",),
        ("sprites", "preview"),
        ("clean",),
    ):
        run(found, capfd, app, *words)
    compare(found)


def test_every_command_is_on_the_page() -> None:
    commands = {
        name
        for name, one in walk_commands().items()
        if not hasattr(one, "commands") and not name.startswith("platform")
    }
    assert read_page().keys() == commands - WITHOUT


@pytest.mark.parametrize(
    "argv", [["tools", "list"], ["buildpacks", "explain"], ["cache", "info"], ["config"]]
)
def test_the_format_json_is_what_json_gives(
    argv: list[str], app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for form in (["--json"], ["--format", "json"]):
        assert main([*argv, *form, "--project", str(app)]) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
