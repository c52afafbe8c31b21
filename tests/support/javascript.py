"""Run JavaScript in a test and return what it evaluates to."""

from __future__ import annotations

import json
from typing import cast

from assetbuild.jsontype import Json


def evaluate(code: str, result: str) -> Json:
    """Run a classic script in a fresh interpreter; return the expression ``result`` after it."""
    # the embedded engine: always there, whatever is on PATH
    import dukpy

    interpreter = dukpy.JSInterpreter()
    interpreter.evaljs(f"(0, eval)({json.dumps(code)}); 0")
    answer = interpreter.evaljs(f"JSON.stringify((0, eval)({json.dumps('(' + result + ')')}))")
    return cast(Json, json.loads(cast(str, answer)))
