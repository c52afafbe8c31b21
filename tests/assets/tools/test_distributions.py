"""Versions told from the names of records, held against importlib.metadata."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import pytest

from assetbuild.assets.tools.distributions import installed_version
from tests.support.tree import write_tree


@pytest.mark.parametrize("name", ["libsass", "dukpy", "rcssmin", "tdewolff-minify", "Brotli"])
def test_versions_are_those_that_importlib_tells(name: str) -> None:
    assert installed_version(name) == importlib.metadata.version(name)


def test_what_is_not_installed_has_none() -> None:
    assert installed_version("assetbuild-no-such-library") is None


def test_the_first_folder_wins_and_names_are_normalised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(
        tmp_path,
        {
            "a/Some_Thing-2.0.dist-info/METADATA": "",
            "b/some_thing-1.0.dist-info/METADATA": "",
            "b/other.thing-3.1-py3.11.egg-info/PKG-INFO": "",
        },
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path / one) for one in ("gone", "a", "b")])
    assert installed_version("some-thing") == "2.0"
    assert installed_version("Other_Thing") == "3.1"
