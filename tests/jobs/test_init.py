from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.config.load import load_config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.init import write_config
from tests.support.tree import read_tree, write_tree


def test_empty_folder_gets_a_configuration_that_loads(tmp_path: Path) -> None:
    path, found = write_config(tmp_path)
    assert found.roots == () and found.framework is None
    assert load_config(tmp_path).assets.roots == ("assets",)
    assert read_tree(tmp_path).keys() == {path.name}


def test_django_project_gets_its_roots_url_and_manifest(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "manage.py": "",
            "static/base.css": "",
            "shop/apps.py": "",
            "shop/static/shop/a.css": "",
        },
    )
    _, found = write_config(tmp_path)
    config = load_config(tmp_path)
    assert found.framework == "Django"
    assert config.assets.roots == ("static", "shop/static")
    assert config.assets.url == "/static/"
    assert config.manifest.formats == ("django",)


def test_existing_configuration_is_kept(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assetbuild.toml": "# mine\n"})
    with pytest.raises(AssetbuildError) as caught:
        write_config(tmp_path)
    assert caught.value.diagnostics[0].code == "init/exists"
    assert read_tree(tmp_path) == {"assetbuild.toml": b"# mine\n"}
    write_config(tmp_path, is_forced=True)
    assert load_config(tmp_path).assets.roots == ("assets",)


def test_table_in_pyproject_is_never_doubled(tmp_path: Path) -> None:
    write_tree(tmp_path, {"pyproject.toml": "[tool.assetbuild.assets]\n"})
    with pytest.raises(AssetbuildError):
        write_config(tmp_path, is_forced=True)
    assert read_tree(tmp_path).keys() == {"pyproject.toml"}


def test_written_text_is_the_same_each_time(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.css": ""})
    first = write_config(tmp_path)[0].read_bytes()
    assert write_config(tmp_path, is_forced=True)[0].read_bytes() == first
