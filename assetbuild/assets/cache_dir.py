"""Where the caches are, from the environment.

In: an environment. Out: absolute folders; nothing is made there. Refuses to know: what lies in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def default_cache_dir(env: Mapping[str, str]) -> Path:
    """Return the folder of compiled results and tools: $ASSETBUILD_CACHE_DIR, else the user's."""
    own = env.get("ASSETBUILD_CACHE_DIR")
    return Path(own).absolute() if own else user_cache_dir(env)


def user_cache_dir(env: Mapping[str, str]) -> Path:
    """Return assetbuild's folder among the user's caches (XDG base directory specification)."""
    base = env.get("XDG_CACHE_HOME", "")
    # the specification: a relative path there is invalid and is ignored
    if base.startswith("/"):
        return Path(base) / "assetbuild"
    return Path(env.get("HOME") or Path.home()) / ".cache" / "assetbuild"
