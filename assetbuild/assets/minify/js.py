"""Minify JavaScript with tdewolff-minify, guarded where it is known to fail.

In: a script or module. Out: one that does the same; ValueError for what doesn't parse.
Refuses to know: files, maps. Why this minifier: docs/explanation/minifiers.md.
"""

from __future__ import annotations

import re

from assetbuild.assets.syntax.js_prologue import find_strict_directive

# the newest syntax it may write where the source does not: with no version it turns ES5's
# `a == null ? b : a` into `a ?? b`, which undoes what a compiler's target asked for
_LANGUAGE = 2016
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
    # its buffer is as long as the source, and it escapes </script in strings: make room
    room = " " * (16 + 2 * len(_GROWING.findall(body)))
    minify.config({"js-version": _LANGUAGE})
    minified: str = minify.string("text/javascript", f"{body}\n{room}")
    if find_strict_directive(minified) and not find_strict_directive(body):
        # it drops an empty statement that kept a string from being a directive
        raise ValueError("minifying would make the script strict")
    return first + minified
