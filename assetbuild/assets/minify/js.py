"""Minify JavaScript with tdewolff-minify, guarded where it is known to fail.

In: a script or module. Out: one that does the same; ScriptRefused for what doesn't parse, ValueError
for what is better left as it is.
Refuses to know: files, maps. Why this minifier: docs/explanation/minifiers.md.
"""

from __future__ import annotations

import re

from assetbuild.assets.minify.import_attributes import hold_attributes, restore_attributes
from assetbuild.assets.minify.newer_syntax import (
    AUTO_ACCESSORS,
    find_newer_syntax,
    may_use_accessors,
)
from assetbuild.assets.minify.tdewolff import run_minifier
from assetbuild.assets.syntax.js_prologue import find_strict_directive
from assetbuild.assets.syntax.js_tokens import iterate_js_tokens

# the newest syntax it may write where the source does not: with no version it turns ES5's
# `a == null ? b : a` into `a ?? b`, which undoes what a compiler's target asked for
_LANGUAGE = 2016
# it writes "export {}" as "export", and "(let[a] = b)", which no statement may begin, bare
_EMPTY_EXPORT = re.compile(r"export\s*(?:/[/*]|\{\s*(?:/[/*]|\}))")
_EMPTY_EXPORT_PARTS = ("export", "{", "}")
_LET_INDEX = re.compile(r"(?:(for|await)\s*)?\(\s*let\s*\[")  # not of `for (let [a, b] of c)`
_PLACE = re.compile(r" on line (\d+) and column (\d+)")
_LINE_END = re.compile(r"\r\n|[\n\r\u2028\u2029]")


class ScriptRefused(ValueError):
    """The minifier cannot parse a script."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason  # in the minifier's words, without a place
        self.offset = offset  # in the text


def minify_js(text: str) -> str:
    """Return the script minified; hashbang and ``/*!`` comments stay.

    Errors: ScriptRefused; ValueError for what it would not do right.
    """
    body = text.removeprefix("\ufeff")
    first = ""
    if body.startswith("#!"):
        # it would join the hashbang with the next line
        first, newline, body = body.partition("\n")
        first += newline
    if any(one[1] is None for one in _LET_INDEX.finditer(body)):
        raise ValueError("a variable called let is indexed")
    if may_use_accessors(body) and find_newer_syntax(body) == AUTO_ACCESSORS:
        # it makes two fields of "accessor x"
        raise ValueError("it uses auto-accessors")
    held: list[str] = []
    body = hold_attributes(body, held)
    is_module = False  # by an empty export alone, which every compiled file of types has
    if _EMPTY_EXPORT.search(body):
        body, is_module = _take_empty_exports(body)
    try:
        minified = run_minifier("text/javascript", body, js_version=_LANGUAGE)
    except ValueError as failure:
        start = len(text) - len(text.removeprefix("\ufeff")) + len(first)
        raise _refuse(str(failure), text, start) from failure
    if find_strict_directive(minified) and not find_strict_directive(body):
        # it drops an empty statement that kept a string from being a directive
        raise ValueError("minifying would make the script strict")
    if is_module:
        minified += ";export{}" if minified else "export{}"
    return first + restore_attributes(minified, held)


def _refuse(message: str, text: str, start: int) -> ScriptRefused:
    """Return the failure at its place in the text, whose part from ``start`` on was minified."""
    reason = (message.splitlines() or ["it does not parse"])[0]
    found = _PLACE.search(reason)
    if found is None:
        return ScriptRefused(reason, start)
    at = start
    for _line in range(int(found[1]) - 1):
        end = _LINE_END.search(text, at)
        if end is None:
            # in the room behind the text: it ends too soon
            return ScriptRefused(_PLACE.sub("", reason), len(text.rstrip()))
        at = end.end()
    offset = min(at + int(found[2]) - 1, len(text.rstrip()))
    return ScriptRefused(_PLACE.sub("", reason), offset)


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
            stop = end if is_from else recent[2][2]
            lines = "\n" * text.count("\n", recent[0][1], stop)  # so that errors keep their lines
            pieces += [text[at : recent[0][1]], "import" if is_from else ";", lines]
            at = stop
        recent = (*recent[-2:], (part, start, end))
    if tuple(one[0] for one in recent) == _EMPTY_EXPORT_PARTS:
        pieces += [text[at : recent[0][1]], ";"]
        at = recent[2][2]
    return "".join([*pieces, text[at:]]), bool(pieces)
