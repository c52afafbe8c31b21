"""The embedded engine: QuickJS inside dukpy, one interpreter for each program.

In: a Program. Out: JSON. It holds the GIL while JavaScript runs, and takes about 640 frames of
stack. Refuses to know: the environment (JavaScript sees an empty process.env).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assetbuild.assets.engines.base import EngineError, Program
from assetbuild.jsontype import Json

if TYPE_CHECKING:
    import dukpy

# dukpy copies os.environ into process.env, where a compiler (or a bug report) could show a
# secret; the other globals are those that compilers probe for to tell Node from browsers.
_PRELUDE = "process.env = {};"


class DukpyEngine:
    """QuickJS by dukpy."""

    name = "dukpy"

    def __init__(self) -> None:
        self._warm: dict[str, dukpy.JSInterpreter] = {}

    def call(self, program: Program, function: str, argument: Json) -> Json:
        """See Engine.call."""
        import dukpy  # heavy: loads the engine's library

        interpreter = self._open(program)
        try:
            answer: Any = interpreter.evaljs(
                f"JSON.stringify({function}(JSON.parse(dukpy.argument)))",
                argument=json.dumps(argument),
            )
            return json.loads(answer) if answer is not None else None
        except dukpy.JSRuntimeError as failure:
            raise EngineError(str(failure)) from failure

    def close(self) -> None:
        """See Engine.close."""
        self._warm.clear()

    def _open(self, program: Program) -> dukpy.JSInterpreter:
        known = self._warm.get(program.key)
        if known is not None:
            return known
        import dukpy  # heavy: loads the engine's library

        interpreter = dukpy.JSInterpreter()
        try:
            interpreter.evaljs(_PRELUDE)
            for script in program.load():
                # evaljs returns the last value as JSON: a compiler's namespace may be cyclic
                interpreter.evaljs(f"{script.text}\n;null")
        except dukpy.JSRuntimeError as failure:
            raise EngineError(str(failure)) from failure
        self._warm[program.key] = interpreter
        return interpreter
