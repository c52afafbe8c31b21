"""Static folders of a Flask app and its blueprints, read from the code and never run.

In: the text of a module. Out: folders, relative to the module's own. What is not written as a literal
is not known.
"""

from __future__ import annotations

import ast

from assetbuild.python_source import name_function, parse_python

_PLACE = {"Flask": 2, "Blueprint": 2}  # of static_folder among the positional arguments


def read_static_folders(text: str) -> tuple[str, ...]:
    """Return the static folders that a module's apps and blueprints have, in the order of the text."""
    if "Flask" not in text and "Blueprint" not in text:
        return ()
    tree = parse_python(text)
    if tree is None:
        return ()
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (folder := _folder_of(node)) is not None:
            found.setdefault(folder)
    return tuple(found)


def _folder_of(call: ast.Call) -> str | None:
    name = name_function(call.func)
    place = _PLACE.get(name)
    if place is None:
        return None
    given = [one.value for one in call.keywords if one.arg == "static_folder"]
    given = given or call.args[place : place + 1]
    if not given:
        return "static" if name == "Flask" else None
    value = given[0].value if isinstance(given[0], ast.Constant) else None
    return value if isinstance(value, str) else None
