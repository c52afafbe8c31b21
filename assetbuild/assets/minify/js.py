"""Minify JavaScript with tdewolff-minify, guarded where it is known to fail.

In: a script or module. Out: one that does the same; ValueError for what doesn't parse.
Refuses to know: files, maps. Why this minifier: docs/explanation/minifiers.md.
"""

from __future__ import annotations

import re

from assetbuild.assets.syntax.js_prologue import find_strict_directive
from assetbuild.assets.syntax.js_tokens import iterate_js_tokens

# the newest syntax it may write where the source does not: with no version it turns ES5's
# `a == null ? b : a` into `a ?? b`, which undoes what a compiler's target asked for
_LANGUAGE = 2016
# it writes "export {}" as "export", and "(let[a] = b)", which no statement may begin, bare
_EMPTY_EXPORT = re.compile(r"export\s*(?:/[/*]|\{\s*(?:/[/*]|\}))")
_EMPTY_EXPORT_PARTS = ("export", "{", "}")
_LET_INDEX = re.compile(r"\(\s*let\s*\[")
_GROWING = re.compile(r"</script|<!--", re.IGNORECASE)


def minify_js(text: str) -> str:
    """Return the script minified; hashbang and ``/*!`` comments stay.

    Errors: ValueError with the place, for what is no JavaScript of a script or module.
    """
    # a shared library of 10 MB, loaded by those who minify only
    import minify

    body = text.removeprefix("\ufeff")
    first = ""
    if body.startswith("#!"):
        # it would join the hashbang with the next line
        first, newline, body = body.partition("\n")
        first += newline
    if "\0" in body:
        # its result ends at the first NUL
        raise ValueError("the script holds a NUL character")
    if _LET_INDEX.search(body):
        raise ValueError("a variable called let is indexed")
    is_module = False  # by an empty export alone, which every compiled file of types has
    if _EMPTY_EXPORT.search(body):
        body, is_module = _take_empty_exports(body)
    # its buffer is as long as the source, and it escapes </script in strings: make room
    room = " " * (16 + 2 * len(_GROWING.findall(body)))
    minify.config({"js-version": _LANGUAGE})
    minified: str = minify.string("text/javascript", f"{body}\n{room}")
    if find_strict_directive(minified) and not find_strict_directive(body):
        # it drops an empty statement that kept a string from being a directive
        raise ValueError("minifying would make the script strict")
    if is_module:
        minified += ";export{}" if minified else "export{}"
    return first + minified


def _take_empty_exports(text: str) -> tuple[str, bool]:
    """Return the script without ``export {}``, as ``import "a"`` where it names a file.

    Besides, whether one was taken: the script may be a module by nothing else.
    """
    pieces: list[str] = []
    at = 0
    recent: tuple[tuple[str, int, int], ...] = ()  # the last three tokens that are no comments
    for kind, start, end in iterate_js_tokens(text):
        if kind == "comment":
            continue
        # a token at a time: the whole list would take twenty times the script's size
        part = text[start:end] if end - start <= len("export") else ""
        if tuple(one[0] for one in recent) == _EMPTY_EXPORT_PARTS:
            is_from = part == "from"
            pieces += [text[at : recent[0][1]], "import" if is_from else ";"]
            at = end if is_from else recent[2][2]
        recent = (*recent[-2:], (part, start, end))
    if tuple(one[0] for one in recent) == _EMPTY_EXPORT_PARTS:
        pieces += [text[at : recent[0][1]], ";"]
        at = recent[2][2]
    return "".join([*pieces, text[at:]]), bool(pieces)
