"""What is told of a script or style sheet that cannot be read.

In: why, and where. Out: an error where it would break in a browser, else a warning.
"""

from __future__ import annotations

import re

from assetbuild.diagnostics import Diagnostic, Location, error, locate_offset, warning

_TEMPLATE = re.compile(r"\{\{|\{%|<%|\$\{\{|\{#")
_MARKUP = re.compile(r"<(?:[A-Za-z][\w.]*[\s/>]|>)")
_TYPES = re.compile(r"\b(?:import|export) type\b|\binterface \w|\bimplements \w")
_COLON = re.compile(r"(?:unexpected|instead of) : in (?!expression)")


def tell_left(reason: str, location: Location) -> Diagnostic:
    """Return the warning of a text that is left as it is."""
    return warning(
        "minify/failed", f'"{location.file}" was left unminified: {reason}', location=location
    )


def tell_script_error(reason: str, location: Location, output: str) -> Diagnostic:
    """Return the error of what is no script; ``output`` is the name a rule would know it by."""
    line = location.line_text or ""
    if _TEMPLATE.search(line):
        hint = f"a template is no asset: leave it out ([assets] exclude), or {_ways_out(output)}"
    elif reason.startswith("unexpected <") and _MARKUP.search(line):
        hint = 'JSX is built from a file named ".jsx"'
    elif _COLON.search(reason) or _TYPES.search(line):
        hint = 'types are built from a file named ".ts"'
    else:
        hint = f"mend it, or {_ways_out(output)}"
    return error("js/syntax", f"this is no JavaScript: {reason}", location=location, hint=hint)


def tell_style_errors(text: str, file: str, output: str) -> tuple[Diagnostic, ...]:
    """Return the errors of a style sheet of which a browser would skip whole rules."""
    # as in text.py: loaded with the first style sheet
    from assetbuild.assets.syntax.css_problems import find_css_problems

    return tuple(
        error(
            "css/syntax",
            one.message,
            location=locate_offset(file, text, one.offset),
            hint=f"mend it, or {_ways_out(output)}",
        )
        for one in find_css_problems(text)
    )


def _ways_out(output: str) -> str:
    return (
        f'write a [[rule]] with glob = "{output}": entry = false for a part of something else, '
        "minify = false for what browsers read as it is"
    )
