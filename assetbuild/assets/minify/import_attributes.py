"""Hold the attributes of imports back from a minifier that does not know them.

In: a script. Out: the same with ``"./d.json" with {type: "json"}`` as one string, and the way back.
Source: ECMA-262 (2025), section 16.2.2, WithClause; browsers still read ``assert`` for ``with``.
"""

from __future__ import annotations

import re

from assetbuild.assets.syntax.js_tokens import iterate_js_tokens

# what may be one: the word behind a string, or a comment's end, and before a brace or a comment.
# From the string on, past a comment to the brace, "//cdn" in a list would be followed to its end
_CLAUSE = re.compile(
    r"(?:[\"']\s*|\*/\s*|[\n\r\u2028\u2029][^\S\n\r\u2028\u2029]*)(?:with|assert)\s*(?:\{|/[*/])"
)
_HELD = re.compile(r"[\"'`]assetbuild-held-import-(\d+)[\"'`]")


def hold_attributes(text: str, held: list[str]) -> str:
    """Return the script with strings of no attributes; what each stands for is added to ``held``.

    Lines stay as they are, so that errors do.
    """
    if _CLAUSE.search(text) is None or _HELD.search(text) is not None:
        return text
    pieces: list[str] = []
    at = 0
    recent: tuple[tuple[str, str, int, int], ...] = ()  # kind, text, start, end of the last three
    clause: list[str] | None = None  # its tokens so far
    start = 0  # of the string in front of it
    for kind, begin, end in iterate_js_tokens(text):
        if kind == "comment":
            continue
        part = text[begin:end]
        if clause is not None:
            clause.append(part)
            if part == "}":
                held.append("".join(clause))
                lines = "\n" * text.count("\n", start, end)
                pieces += [text[at:start], f'"assetbuild-held-import-{len(held) - 1}"', lines]
                at = end
                clause = None
        elif part == "{" and _begins_clause(text, recent):
            _, name, start, _ = recent[-2]
            clause = [name, recent[-1][1], "{"]
        recent = (*recent[-2:], (kind, part, begin, end))
    return "".join([*pieces, text[at:]])


def _begins_clause(text: str, recent: tuple[tuple[str, str, int, int], ...]) -> bool:
    if len(recent) < 3 or recent[0][1] not in {"from", "import"} or recent[1][0] != "string":
        return False
    word = recent[2][1]
    return word == "with" or (word == "assert" and "\n" not in text[recent[1][3] : recent[2][2]])


def restore_attributes(minified: str, held: list[str]) -> str:
    """Return the minified script with its attributes."""
    return _HELD.sub(lambda match: held[int(match[1])], minified) if held else minified
