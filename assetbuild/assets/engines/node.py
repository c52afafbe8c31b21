"""Node as an engine: one warm child for each program."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from assetbuild.assets.engines.piped import PipedEngine

# NODE_OPTIONS and the app's own variables must not change what a compiler writes
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SystemRoot")


def open_node(node: str, env: Mapping[str, str], *, limit_s: float) -> PipedEngine:
    """Return the engine of a node program, by its absolute path."""
    script = resources.files("assetbuild.assets.engines").joinpath("node_worker.js")
    kept = {name: env[name] for name in _KEPT if name in env}
    return PipedEngine("node", (node, str(script)), kept, limit_s=limit_s)
