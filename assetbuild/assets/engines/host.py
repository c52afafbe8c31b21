"""What keeps engines warm in one process: made by whoever runs compiles, closed by the same.

In: the environment for children. Out: engines by name, opened on first use. It is an object and
not a module's global, so that a pool of processes owns one a worker and tests own theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, Protocol, TypeVar

from assetbuild.assets.engines.base import Engine, EngineError, Program
from assetbuild.diagnostics import AssetbuildError, Location, error
from assetbuild.jsontype import Json

EngineName = Literal["dukpy", "node", "v8"]


class Closable(Protocol):
    """Something warm that must be ended."""

    def close(self) -> None:
        """End it."""


_T = TypeVar("_T", bound=Closable)

_HINTS = {
    "dukpy": 'its stack is small: install Node or mini-racer, and set [assets] engine = "node" or "v8"',
    "v8": "pip install 'assetbuild[mini-racer]'",
}


class EngineHost:
    """The warm engines of one process; not for use by two threads at once."""

    def __init__(self, env: Mapping[str, str], *, limit_s: float = 300.0) -> None:
        self._limit_s = limit_s  # of one call, where an engine can be ended
        self.env = dict(env)  # environment of child processes; PATH finds node in it
        self._engines: dict[str, Engine] = {}
        self._others: dict[str, Closable] = {}

    def engine(self, name: str) -> Engine:
        """Return the engine of a name ("dukpy", "node", "v8"), opened once."""
        known = self._engines.get(name)
        if known is None:
            known = self._engines[name] = _open_engine(name, self.env, self._limit_s)
        return known

    def call(
        self, engine: str, program: Program, function: str, argument: Json, *, display: str
    ) -> Any:
        """Call a program's function for the source ``display``; see Engine.call.

        Errors: ``engine/failed``, which a source that nests too deep can cause.
        """
        try:
            return self.engine(engine).call(program, function, argument)
        except EngineError as failure:
            raise AssetbuildError(
                error(
                    "engine/failed",
                    f"the {engine} engine failed: {str(failure).strip().partition(chr(10))[0]}",
                    location=Location(file=display),
                    hint=_HINTS.get(engine, 'try the embedded engine: [assets] engine = "dukpy"'),
                )
            ) from failure

    def warm(self, key: str, make: Callable[[], _T]) -> _T:
        """Return what was made under a key, made once; closed with the host."""
        known = self._others.get(key)
        if known is None:
            known = self._others[key] = make()
        return known  # type: ignore[return-value]  # one key always has one maker

    def forget(self, key: str) -> None:
        """Close what was made under a key, so that it is made anew."""
        known = self._others.pop(key, None)
        if known is not None:
            known.close()

    def close(self) -> None:
        """End every engine and what else is warm."""
        for one in (*self._engines.values(), *self._others.values()):
            one.close()
        self._engines.clear()
        self._others.clear()

    def __enter__(self) -> EngineHost:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _open_engine(name: str, env: Mapping[str, str], limit_s: float) -> Engine:
    if name == "dukpy":
        from assetbuild.assets.engines.dukpy import DukpyEngine

        return DukpyEngine()
    if name == "node":
        from assetbuild.assets.engines.node import open_node

        node = find_node(env)
        if node is None:
            raise EngineError("engine node: there is no node on PATH")
        return open_node(node, env, limit_s=limit_s)
    if name == "v8":
        from assetbuild.assets.engines.v8 import open_v8

        return open_v8(env, limit_s=limit_s)
    raise EngineError(f'there is no engine "{name}"')


def choose_engine(setting: str, env: Mapping[str, str]) -> EngineName:
    """Return the engine that a setting means: "auto" is node where it is on PATH, else dukpy."""
    if setting == "node" or (setting == "auto" and find_node(env) is not None):
        return "node"
    return "v8" if setting == "v8" else "dukpy"


def find_node(env: Mapping[str, str]) -> str | None:
    """Return the absolute path of node on the PATH of an environment, or None."""
    import shutil

    found = shutil.which("node", path=env.get("PATH", ""))
    return os.path.abspath(found) if found else None
