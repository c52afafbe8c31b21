"""The engines that this machine has; a test of another is skipped."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

ENGINES = ("dukpy", "node", "v8")


def require_engine(name: str) -> None:
    """Skip the test where the engine is not there; the embedded one always is."""
    if name == "node" and shutil.which("node") is None:
        pytest.skip("no node on PATH")
    if name == "v8" and importlib.util.find_spec("py_mini_racer") is None:
        pytest.skip("mini-racer is not installed")
