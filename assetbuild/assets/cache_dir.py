"""Where the caches are, from the environment.

In: an environment. Out: absolute folders; nothing is made there. Refuses to know: what lies in them.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError, error

CACHE_VARIABLE = "ASSETBUILD_CACHE_DIR"


def default_cache_dir(env: Mapping[str, str]) -> Path:
    """Return the folder of compiled results and tools: $ASSETBUILD_CACHE_DIR, else the user's.

    Errors: ``cache/bad-folder``, ``cache/no-home``.
    """
    own = env.get(CACHE_VARIABLE, "")
    if not own.strip():
        return user_cache_dir(env)
    if "://" in own or not own.isprintable() or own != own.strip():
        raise AssetbuildError(
            error(
                "cache/bad-folder",
                f"{CACHE_VARIABLE} is {own!a}, which is no folder",
                hint=f"write a path: {CACHE_VARIABLE}=/var/cache/assetbuild",
            )
        )
    return Path(own).absolute()


def user_cache_dir(env: Mapping[str, str]) -> Path:
    """Return assetbuild's folder among the user's caches (XDG base directory specification).

    Errors: ``cache/no-home``.
    """
    base = env.get("XDG_CACHE_HOME", "")
    # the specification: a relative path there is invalid and is ignored
    if base.startswith("/"):
        return Path(base) / "assetbuild"
    home = env.get("HOME", "")
    return (Path(home) if home.startswith("/") else _find_home()) / ".cache" / "assetbuild"


def _find_home() -> Path:
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a container that runs as a user of its own
        raise AssetbuildError(
            error(
                "cache/no-home",
                "HOME names no folder, and this user has none",
                hint=f"name a folder for the cache: {CACHE_VARIABLE}=/tmp/assetbuild-cache",
            )
        ) from None
