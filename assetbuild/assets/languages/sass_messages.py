"""@warn and @debug of SCSS, so that libsass can hand over what they say.

In: a text. Out: the same lines, in which each message is turned to text by Sass itself: libsass ends
the process where it hands a value that has no form of its own (a division not yet done, a function)
to Python. Refuses to know: the indented syntax, compilers.
"""

from __future__ import annotations

import re

_STATEMENT = re.compile(
    r"""//[^\r\n\f]* | /\*.*?(?:\*/|\Z) | "(?:\\.|[^"\\])*"? | '(?:\\.|[^'\\])*'?
    | (?P<rule>@(?:warn|debug)(?![\w-]))""",
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(
    r"""//[^\r\n\f]* | /\*.*?(?:\*/|\Z) | "(?:\\.|[^"\\])*"? | '(?:\\.|[^'\\])*'?
    | (?P<open>[({\[]) | (?P<close>[)}\]]) | (?P<end>;)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""(["'])((?:(?!\1).)*)\1""", re.DOTALL)


def has_messages(text: str) -> bool:
    """Tell whether a text may say something while it is compiled."""
    return "@warn" in text or "@debug" in text


def inspect_messages(text: str) -> str:
    """Return the text with ``@warn X`` as ``@warn inspect((X))``; no line is moved."""
    if not has_messages(text):
        return text
    pieces: list[str] = []
    at = 0
    for match in _STATEMENT.finditer(text):
        if match["rule"] is None or match.start() < at:
            continue
        end = _find_end(text, match.end())
        if text[match.end() : end].strip():
            pieces += [text[at : match.end()], f" inspect(({text[match.end() : end]}))"]
            at = end
    return "".join([*pieces, text[at:]])


def read_message(value: str) -> str:
    """Return what ``inspect()`` made of a message, a lone string without its quotes."""
    quoted = _QUOTED.fullmatch(value)
    return quoted[2] if quoted is not None else value


def _find_end(text: str, at: int) -> int:
    depth = 0
    for part in _PART.finditer(text, at):
        if part["open"]:
            depth += 1
        elif part["close"]:
            if depth == 0:
                return part.start()
            depth -= 1
        elif part["end"] and depth == 0:
            return part.start()
    return len(text)
