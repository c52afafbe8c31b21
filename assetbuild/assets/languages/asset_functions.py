"""``asset-url("…")`` and its relatives, as Sprockets has them, in compiled CSS.

In: CSS that a preprocessor wrote; it evaluated the arguments and left the functions. Out: CSS in
which they are ``url("asset:…")``, a logical path from the roots; what to tell where no preprocessor
reads them. Refuses to know: which files exist.
"""

from __future__ import annotations

import re

from assetbuild.diagnostics import Diagnostic, error, locate_offset

_KINDS = "asset|image|font|video|audio|javascript|stylesheet"
_STRING = r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
# begins with no white space, which would be tried in every place around it
_ARGUMENT = rf"""{_STRING}|(?:[^\s)"'][^)"']*?)??"""


def _call(form: str, group: str) -> str:
    """Return the pattern of a function's call, its argument in a group."""
    return rf"(?<![\w-])(?:{_KINDS})-{form}\(\s*(?P<{group}>{_ARGUMENT})\s*(?:,[^()]*)?\)"


_TOKEN = re.compile(
    rf"""(?P<comment>/\*.*?(?:\*/|\Z))
    | (?P<wrapped>(?<![\w-])url\(\s*{_call("path", "wrapped_arg")}\s*\))
    | (?P<url>{_call("url", "url_arg")})
    | (?P<path>{_call("path", "path_arg")})
    | (?P<string>{_STRING})
    """,
    re.VERBOSE | re.DOTALL,
)
_QUICK = re.compile(rf"(?:{_KINDS})-(?:url|path)\(")


def expand_asset_functions(css: str) -> str:
    """Replace the functions in CSS, outside comments and strings."""
    if _QUICK.search(css) is None:
        return css
    return _TOKEN.sub(_expand, css)


def tell_asset_functions(css: str, display: str) -> tuple[Diagnostic, ...]:
    """Return the errors of the functions in a style sheet that no preprocessor sees.

    A browser drops the whole declaration, and Sprockets reads plain CSS no other way.
    """
    if _QUICK.search(css) is None:
        return ()
    found = []
    for match in _TOKEN.finditer(css):
        text = _expand(match)
        function = _QUICK.search(match.group())
        if text != match.group() and function is not None:
            name = function.group().rstrip("(")
            found.append(
                error(
                    "css/asset-function",
                    f"plain CSS has no {name}(): browsers drop the declaration",
                    location=locate_offset(
                        display, css, match.start(), match.end() - match.start()
                    ),
                    hint=f'write {text}, or end the file\'s name in ".scss"',
                )
            )
    return tuple(found)


def _expand(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    for name in ("wrapped", "url", "path"):
        if match.group(name) is not None:
            kind = name
    if kind not in {"wrapped", "url", "path"}:
        return match.group()
    argument = match.group(f"{kind}_arg")
    bare = argument[1:-1] if argument[:1] in {'"', "'"} else argument
    quote = argument[0] if argument[:1] in {'"', "'"} else '"'
    # an address or a path from the site's root is none of ours, as in Sprockets
    target = (
        bare if re.match(r"(?:[a-z][a-z0-9+.-]*:|/|#)", bare, re.IGNORECASE) else f"asset:{bare}"
    )
    text = f"{quote}{target}{quote}"
    return text if kind == "path" else f"url({text})"
