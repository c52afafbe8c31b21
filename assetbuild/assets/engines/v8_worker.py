"""The child of v8.py: one line of JSON in, one line out, until its input ends.

Run as a script, so it imports nothing of assetbuild.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    """Serve until the input ends."""
    from py_mini_racer import MiniRacer  # heavy: loads V8

    context: Any = MiniRacer()
    for line in sys.stdin.buffer:
        answer: dict[str, object]
        try:
            message = json.loads(line)
            if "scripts" in message:
                for one in message["scripts"]:
                    context.eval(one["text"] + "\n;null")
                answer = {"value": None}
            else:
                argument = json.dumps(json.dumps(message["argument"]))
                text = context.eval(
                    f"JSON.stringify({message['function']}(JSON.parse({argument})))"
                )
                answer = {"value": json.loads(text)}
        except Exception as failure:
            # V8's own exceptions and Python's alike must reach the parent as an answer
            answer = {"error": f"{type(failure).__name__}: {failure}"}
        sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
