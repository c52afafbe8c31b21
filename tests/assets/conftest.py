"""Pinned compilers for tests, fetched once into the user's own tool cache."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from assetbuild.assets.tools.lock import pinned_tools
from assetbuild.assets.tools.model import Tool
from assetbuild.assets.tools.store import open_tool_store
from tests.support.engines import ENGINES, require_engine


@pytest.fixture(scope="session")
def tools() -> Mapping[str, Tool]:
    """Return every pinned tool; needs the registry when the cache is empty."""
    store = open_tool_store(dict(os.environ))
    return store.fetch_all(pinned_tools())


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Return the name of each engine that this machine has."""
    name: str = request.param
    require_engine(name)
    return name
