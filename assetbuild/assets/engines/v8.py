"""V8 by mini-racer, in a child of its own: V8 was seen to hang at exit, and a child may be ended."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from importlib import resources

from assetbuild.assets.engines.base import EngineError
from assetbuild.assets.engines.piped import PipedEngine

_KEPT = ("PATH", "LD_LIBRARY_PATH")


def open_v8(env: Mapping[str, str], *, limit_s: float) -> PipedEngine:
    """Return the engine. Errors: EngineError when the extra is not installed."""
    if importlib.util.find_spec("py_mini_racer") is None:
        raise EngineError("engine v8 is not installed: pip install 'assetbuild[mini-racer]'")
    script = resources.files("assetbuild.assets.engines").joinpath("v8_worker.py")
    kept = {name: env[name] for name in _KEPT if name in env}
    # -I: the app's folder and PYTHONPATH must not reach the child
    return PipedEngine("v8", (sys.executable, "-I", str(script)), kept, limit_s=limit_s)
