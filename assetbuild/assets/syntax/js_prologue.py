"""The directive prologue of a script: whether it asks for strict mode.

In: a script. Out: the span of its ``"use strict"``. Source: ECMA-262, section 11.2.1.
"""

from __future__ import annotations

import re

_STRICT = re.compile(
    r"\ufeff?(?:\#![^\n]*\n)?(?:\s|//[^\n]*\n|/\*[^*]*(?:\*(?!/)[^*]*)*\*/|"
    r"(?:'[^'\\\n]*'|\"[^\"\\\n]*\")\s*;)*?(?P<strict>'use strict'|\"use strict\")\s*?(?:;|\n|\}|\Z)"
)


def find_strict_directive(text: str) -> tuple[int, int] | None:
    """Return the span of the directive's string, or None where the script is not strict."""
    match = _STRICT.match(text)
    return None if match is None else match.span("strict")
