"""@warn and @debug of SCSS, so that libsass can hand over what they say.

In: a text. Out: the same lines, in which each message is turned to text by Sass itself, its place in
front: libsass ends the process where it hands a value that has no form of its own (a division not
yet done, a function) to Python, and never says where a message stands.
Refuses to know: the indented syntax, compilers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
_PLACED = re.compile(r"(?P<label>\d+)@(?P<offset>\d+):(?P<value>.*)", re.DOTALL)
_QUOTED = re.compile(r"""(["'])((?:(?!\1).)*)\1""", re.DOTALL)


def has_messages(text: str) -> bool:
    """Tell whether a text may say something while it is compiled."""
    return "@warn" in text or "@debug" in text


@dataclass(frozen=True, slots=True)
class Message:
    """What one @warn or @debug said."""

    text: str  # a lone string is without its quotes
    label: int | None = None  # of the text it stands in; None: no place came along
    offset: int = 0  # of the rule in that text


def inspect_messages(text: str, *, label: int) -> str:
    """Return the text with ``@warn X`` as ``@warn "place" + inspect((X))``; no line is moved."""
    if not has_messages(text):
        return text
    pieces: list[str] = []
    at = 0
    for match in _STATEMENT.finditer(text):
        if match["rule"] is None or match.start() < at:
            continue
        end = _find_end(text, match.end())
        if text[match.end() : end].strip():
            pieces += [
                text[at : match.end()],
                f' "{label}@{match.start()}:" + inspect(({text[match.end() : end]}))',
            ]
            at = end
    return "".join([*pieces, text[at:]])


def read_message(value: str) -> Message:
    """Return what ``inspect_messages`` let Sass hand over."""
    placed = _PLACED.fullmatch(value)
    said = value if placed is None else placed["value"]
    quoted = _QUOTED.fullmatch(said)
    said = quoted[2] if quoted is not None else said
    if placed is None:
        return Message(said)
    return Message(said, int(placed["label"]), int(placed["offset"]))


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
