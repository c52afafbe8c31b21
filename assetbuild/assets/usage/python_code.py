"""Names of assets in Python code: static("…"), url_for("static", filename="…"), assets.url("…").

In: the text of a module. Out: mentions in order. Comments and other strings are none, for the
module is parsed; one that this Python cannot parse has no mentions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from assetbuild.assets.usage.mention import BLUEPRINT, Mention
from assetbuild.python_source import parse_python

_FUNCTIONS = frozenset(["static", "asset", "asset_url", "asset_path", "picture", "srcset"])
_METHODS = frozenset(["url", "tag", "integrity", "picture", "srcset"])
_OWNERS = re.compile(r"(?:^|_)assets$|^staticfiles_storage$")
# reading a module costs a thousand times more than this search
_WORTH_READING = re.compile(
    r"\b(?:static|asset|assets|asset_url|asset_path|picture|srcset|url_for|staticfiles_storage)\b"
)
_LINE_END = re.compile(r"\r\n?|\n")


def find_python_mentions(text: str, helpers: Iterable[str] = ()) -> tuple[Mention, ...]:
    """Return the mentions of a module."""
    own = frozenset(helpers)
    if _WORTH_READING.search(text) is None and not any(one in text for one in own):
        return ()
    tree = parse_python(text)
    if tree is None:
        return ()
    functions = _FUNCTIONS | own
    if any(
        isinstance(one, ast.ImportFrom) and one.module == "django.conf.urls.static"
        for one in ast.walk(tree)
    ):
        functions -= {"static"}  # there it serves a folder
    # Python ends a line at a lone carriage return too
    starts = [0, *(one.end() for one in _LINE_END.finditer(text))]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            named = _find_argument(node, functions)
            if named is not None:
                helper, value = named
                # columns are counted in bytes of UTF-8, of which a character has at most four
                start = starts[value.lineno - 1]
                line = text[start : start + value.col_offset].encode()[: value.col_offset]
                offset = start + len(line.decode("utf-8", "replace"))
                mention = _make(text, value, helper, offset)
                if mention is not None:
                    found.append(mention)
    return tuple(sorted(found, key=lambda one: one.start))


def _find_argument(call: ast.Call, functions: frozenset[str]) -> tuple[str, ast.expr] | None:
    function = call.func
    if isinstance(function, ast.Name):
        if function.id == "url_for":
            return _find_filename(call)
        if function.id in functions and call.args:
            return function.id, call.args[0]
    elif isinstance(function, ast.Attribute):
        if function.attr == "url_for":
            return _find_filename(call)
        owner = function.value
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        if function.attr in _METHODS and _OWNERS.search(name) and call.args:
            return function.attr, call.args[0]
    return None


def _find_filename(call: ast.Call) -> tuple[str, ast.expr] | None:
    first = call.args[0] if call.args else None
    endpoint = first.value if isinstance(first, ast.Constant) else None
    if isinstance(endpoint, str) and endpoint.rpartition(".")[2] == "static":
        for keyword in call.keywords:
            if keyword.arg == "filename":
                return "url_for" if endpoint == "static" else BLUEPRINT, keyword.value
    return None


def _make(text: str, value: ast.expr, helper: str, offset: int) -> Mention | None:
    known, is_computed = _read(value)
    if known is None:
        return None
    at = text.find(known, offset) if known else offset
    return Mention(
        name=known,
        start=max(at, offset),
        length=max(1, len(known)),
        helper=helper,
        is_computed=is_computed or known.endswith("/"),
        is_lenient=helper in {"url_for", BLUEPRINT},
    )


def _read(value: ast.expr) -> tuple[str | None, bool]:
    """Return what is known of the start of a string, and whether more is computed."""
    if isinstance(value, ast.Constant):
        return (value.value, False) if isinstance(value.value, str) else (None, False)
    if isinstance(value, ast.JoinedStr):
        first = value.values[0] if value.values else None
        known = first.value if isinstance(first, ast.Constant) else ""
        return str(known), True
    if isinstance(value, ast.BinOp):
        known, _ = _read(value.left)
        return (None if known is None else re.split(r"%[(sd]", known)[0]), True
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        known, _ = _read(value.func.value)  # "…".format(…)
        return (None if known is None else known.partition("{")[0]), True
    return None, False
