"""Pinned compilers for tests, fetched once into the user's own tool cache."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping

import pytest

from assetbuild.assets.tools.lock import pinned_tools
from assetbuild.assets.tools.model import Tool
from assetbuild.assets.tools.store import open_tool_store


@pytest.fixture(scope="session")
def tools() -> Mapping[str, Tool]:
    """Return every pinned tool; needs the registry when the cache is empty."""
    store = open_tool_store(dict(os.environ))
    return store.fetch_all(pinned_tools())


@pytest.fixture(params=["dukpy", "node", "v8"])
def engine(request: pytest.FixtureRequest) -> str:
    """Return the name of each engine that this machine has."""
    name: str = request.param
    if name == "node" and shutil.which("node") is None:
        pytest.skip("no node on PATH")
    if name == "v8" and importlib.util.find_spec("py_mini_racer") is None:
        pytest.skip("mini-racer is not installed")
    return name
