"""``assetbuild tools`` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assetbuild.cli.main import main
from tests.support.tree import write_tree


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the store at an empty folder, and at no registry."""
    monkeypatch.setenv("ASSETBUILD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")


def test_list_shows_what_is_missing_and_what_is_the_apps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    less = tmp_path / "app/node_modules/less"
    write_tree(less, {"package.json": '{"version": "3.9.0"}', "lib/less/index.js": ""})
    arguments = ["tools", "list", "--project", str(tmp_path / "app")]
    assert main(arguments) == 0
    assert "less            3.9.0     app\n" in capsys.readouterr().out
    assert main([*arguments, "--verbose"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(one.startswith("less") and f"3.9.0     app  {less}" in one for one in lines)
    assert any(one.startswith("typescript") and "not fetched yet" in one for one in lines)
    assert main([*arguments, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["result"]
    assert document["less"]["origin"] == "app"
    assert document["typescript"]["version"] is None


def test_path_of_a_missing_one_says_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tools", "path", "less", "--project", str(tmp_path)]) == 1
    assert "hint: with a network, run: assetbuild tools fetch less" in capsys.readouterr().err


def test_fetch_without_a_network_is_a_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tools", "fetch", "coffeescript", "--project", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert 'tool/download: cannot download the compiler "coffeescript" 2.7.0 from' in error
    assert main(["tools", "fetch", "coffescript", "--project", str(tmp_path)]) == 2
    assert 'did you mean "coffeescript"?' in capsys.readouterr().err
