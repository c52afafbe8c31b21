"""The code of an app's Python modules, parsed and never run.

In: the text of a module. Out: its tree, the names of what is called. Refuses to know: what it is
looked through for.
"""

from __future__ import annotations

import ast
import warnings


def parse_python(text: str) -> ast.Module | None:
    """Return the tree of a module; None when this Python cannot parse it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the app's own code, which is not ours to judge
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def name_function(function: ast.expr) -> str:
    """Return the last part of the name of what is called; "" where it has none."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
