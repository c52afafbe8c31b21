"""Where the cache is, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def default_cache_dir(env: Mapping[str, str]) -> Path:
    """Return $ASSETBUILD_CACHE_DIR, else the folder of the XDG base directory specification."""
    own = env.get("ASSETBUILD_CACHE_DIR")
    if own:
        return Path(own).absolute()
    base = env.get("XDG_CACHE_HOME", "")
    # the specification: a relative path there is invalid and is ignored
    if base.startswith("/"):
        return Path(base) / "assetbuild"
    return Path(env.get("HOME") or Path.home()) / ".cache" / "assetbuild"
