"""What holds for every test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from assetbuild.assets.cache_dir import default_cache_dir

# the same inputs at every run and on every machine; `make fuzz` is for looking further
settings.register_profile("same", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def heard_signals() -> Iterator[None]:
    """Let the commands under test hear SIGHUP and SIGINT.

    Below nohup, and as a job in the background of a shell, they would inherit that it is ignored.
    """
    hang_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGHUP, hang_up)
    signal.signal(signal.SIGINT, interrupt)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Leave nothing in the user's cache but the compilers, which every run would fetch again."""
    tools = default_cache_dir(os.environ) / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    folder = tmp_path_factory.mktemp("cache")
    (folder / "tools").symlink_to(tools)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSETBUILD_CACHE_DIR", str(folder))
        yield
