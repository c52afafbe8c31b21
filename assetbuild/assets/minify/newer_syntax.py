"""Syntax of JavaScript that the minifier does not know, though a browser may.

In: a script. Out: the name of what it uses. Refuses to know: whether the rest of it parses.
Sources: proposals at stage 3 of https://github.com/tc39/proposals (November 2026).
"""

from __future__ import annotations

import re

from assetbuild.assets.syntax.js_tokens import iterate_js_tokens

AUTO_ACCESSORS = "auto-accessors"
_ACCESSOR = re.compile(r"\baccessor[ \t]+[\w$#\[\"']")
_OPERATORS = frozenset({"in", "instanceof", "of", "as"})


def may_use_accessors(text: str) -> bool:
    """Tell whether the minifier may take ``accessor x`` for two fields: then look closely."""
    return _ACCESSOR.search(text) is not None


def find_newer_syntax(text: str) -> str | None:
    """Return the name of the first thing the script uses that is newer than the minifier."""
    before = two_before = ""
    before_end = 0
    for kind, start, end in iterate_js_tokens(text):
        if kind == "comment":
            continue
        part = text[start:end] if end - start < 20 else "x"
        is_same_line = "\n" not in text[before_end:start]
        is_name = kind == "word" and part not in _OPERATORS
        if before == "@" and (kind == "word" or part == "("):
            return "decorators"
        if is_name and is_same_line and two_before not in {".", "?."}:
            if before == "using":
                return "using declarations"
            if before == "source" and two_before == "import" and part != "from":
                return "source phase imports"
        if (before, two_before, part) == ("defer", "import", "*"):
            return "deferred imports"
        begins_field = is_name or kind == "string" or part == "["
        if (
            before == "accessor"
            and begins_field
            and is_same_line
            and two_before in {"{", ";", "}", "static"}
        ):
            return AUTO_ACCESSORS
        two_before, before, before_end = before, part, end
    return None
