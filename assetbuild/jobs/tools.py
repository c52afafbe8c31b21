"""List, fetch and find the pinned compilers.

In: a project and an environment. Out: what is where; fetching writes into the user's cache.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.tools.app import find_node_modules
from assetbuild.assets.tools.lock import pinned_tools
from assetbuild.assets.tools.model import Tool
from assetbuild.assets.tools.store import open_tool_store


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolState:
    """A compiler, and where it would be taken from."""

    name: str  # as in the lock
    pinned: str  # version that is pinned
    tool: Tool | None  # what a build would use now; None: it must be fetched first


def list_tools(project: Path, env: Mapping[str, str]) -> tuple[ToolState, ...]:
    """Return every compiler, by name, with what a build of the project would use."""
    store = open_tool_store(env)
    folders = find_node_modules(str(project))
    return tuple(
        ToolState(name=name, pinned=pin.version, tool=store.find(name, folders))
        for name, pin in sorted(pinned_tools().items())
    )


def fetch_tools(env: Mapping[str, str], names: Sequence[str]) -> tuple[Tool, ...]:
    """Download the named pinned compilers, or all; those that are there are left alone.

    Errors: ``tool/unknown``, ``tool/download``, ``tool/integrity``, ``tool/archive``.
    """
    return tuple(open_tool_store(env).fetch_all(names or sorted(pinned_tools())).values())


def find_tool_path(project: Path, env: Mapping[str, str], name: str) -> str:
    """Return the folder of the compiler a build would use. Errors: ``tool/missing``."""
    store = open_tool_store(env, is_offline=True)
    return os.path.abspath(store.require(name, find_node_modules(str(project))).folder)
