"""The embedded engine: QuickJS inside dukpy, one interpreter for each program.

In: a Program. Out: JSON. It holds the GIL while JavaScript runs, and takes about 640 frames of
stack. Refuses to know: the environment (JavaScript sees no process).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assetbuild.assets.engines.base import EngineError, Program
from assetbuild.assets.syntax.js_prologue import find_strict_directive
from assetbuild.jsontype import Json

if TYPE_CHECKING:
    import dukpy

# dukpy copies os.environ into process.env, where a compiler (or a bug report) could show a secret;
# and a compiler that finds a process takes it for Node's, with a terminal.
# QuickJS tries a pattern that begins with ^ at every position of the text; lexers call such
# patterns for each token on all the rest of a file. The same pattern made sticky, from index 0,
# has the same answer and stops at once: CoffeeScript and LESS become 3.5 times as fast. A
# pattern with g, y or m, or with an alternative that does not begin with ^, is left alone.
_PRELUDE = r"""
var process = undefined, module = undefined, exports = undefined, require = undefined;
(function () {
  var native = RegExp.prototype.exec;
  var twin = Symbol("twin");
  function isAnchored(source) {
    var depth = 0, inClass = false;
    for (var at = 0; at < source.length; at++) {
      var c = source.charAt(at);
      if (c === "\\") at++;
      else if (inClass) inClass = c !== "]";
      else if (c === "[") inClass = true;
      else if (c === "(") depth++;
      else if (c === ")") depth--;
      else if (c === "|" && depth === 0 && source.charAt(at + 1) !== "^") return false;
    }
    return source.charAt(0) === "^";
  }
  function prepare(pattern) {
    var made = null;
    if (!pattern.global && !pattern.sticky && !pattern.multiline && isAnchored(pattern.source)) {
      made = new RegExp(pattern.source, pattern.flags + "y");
      made[twin] = null;
    }
    Object.defineProperty(pattern, twin, { value: made });
    return made;
  }
  RegExp.prototype.exec = function (text) {
    var made = this[twin];
    if (made === undefined) made = prepare(this);
    if (made === null) return native.call(this, text);
    made.lastIndex = 0;
    return native.call(made, text);
  };
})();
"""


def accepts_script(text: str) -> bool:
    """Tell whether QuickJS parses a classic script; none of it is run."""
    import dukpy  # heavy: loads the engine's library

    # all is parsed before the throw in front ends it; a directive must come before that
    head = '"use strict";' if find_strict_directive(text) else ""
    try:
        dukpy.JSInterpreter().evaljs("(0, eval)(dukpy.script); 0", script=f"{head}throw 0;\n{text}")
    except dukpy.JSRuntimeError as failure:
        return "SyntaxError" not in str(failure).partition("\n")[0]
    return True


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
