"""Join classic scripts so that each does what it does alone.

In: parts in order. Out: one script with its map. Refuses to know: disks, module graphs.

A semicolon on a line of its own between two scripts keeps a call in parentheses from calling what
the script before ended with, and ends a line comment. ``"use strict"`` holds for a whole file: when
every part begins with it, the bundle does; else the directives are removed, for strictness in a
script that was written without it breaks it, and a strict script that works also works without.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from assetbuild.assets.bundles.part import (
    Chunk,
    Joined,
    Part,
    edit_chunk,
    rebase_edits,
    stack_chunks,
)
from assetbuild.assets.syntax.js_prologue import find_strict_directive
from assetbuild.assets.syntax.js_tokens import iterate_js_tokens
from assetbuild.assets.syntax.reference import Edit
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, locate_offset
from assetbuild.paths import LogicalPath

_JS = "text/javascript"
_MAP_COMMENT = re.compile(r"(?://[#@]|/\*[#@])[ \t]*sourceMappingURL=")
_MODULE_WORD = re.compile(r"\b(?:import|export)\b")


def join_js(parts: Sequence[Part], *, output: LogicalPath, wants_map: bool = False) -> Joined:
    """Return the bundle ``output`` of the parts, in order.

    Errors: ``bundle/es-module`` for each part that is a module: joining cannot import.
    """
    problems = [one for part in parts if (one := _find_module_syntax(part)) is not None]
    if problems:
        raise AssetbuildError(*problems)
    folder = posixpath.dirname(output)
    strict = [find_strict_directive(part.text) for part in parts]
    is_strict = all(
        one is not None for one, part in zip(strict, parts, strict=True) if part.text.strip()
    )
    chunks: list[Chunk] = []
    for index, part in enumerate(parts):
        edits = _cleaning_edits(part.text, keeps_hashbang=index == 0)
        directive = strict[index]
        if directive is not None and not is_strict:
            # an empty statement in front would do, but minifiers drop it
            edits.append(Edit(*directive, ""))
        edits += rebase_edits(part, _JS, folder, skip=lambda one: False)
        edits.sort(key=lambda one: one.start)
        chunk = edit_chunk(part, edits, wants_map=wants_map)
        if chunk.text:
            chunks += [chunk, Chunk(";\n", None)]
    return stack_chunks(
        chunks, tuple(dict.fromkeys(one.logical for one in parts)), wants_map=wants_map
    )


def _cleaning_edits(text: str, *, keeps_hashbang: bool) -> list[Edit]:
    """Return the edits that take away the byte order mark, the hashbang and map comments."""
    edits: list[Edit] = []
    start = 1 if text.startswith("\ufeff") else 0
    if start:
        edits.append(Edit(0, 1, ""))
    if text.startswith("#!", start) and not keeps_hashbang:
        end = text.find("\n", start)
        edits.append(Edit(start, len(text) if end < 0 else end, ""))
    if "sourceMappingURL=" in text:
        edits += [
            Edit(begin, end, "\n" * text.count("\n", begin, end))
            for kind, begin, end in iterate_js_tokens(text)
            if kind == "comment" and _MAP_COMMENT.match(text, begin)
        ]
    return edits


def _find_module_syntax(part: Part) -> Diagnostic | None:
    """Return the error of a part that only a module may be."""
    text = part.text
    if _MODULE_WORD.search(text) is None:
        return None
    depth = 0
    before = ""
    waiting: tuple[int, int] | None = None  # an import or export, until what follows is seen
    for kind, start, end in iterate_js_tokens(text):
        if kind == "comment":
            continue
        word = text[start:end]
        if waiting is not None and word[0] not in "(.=:;,)":
            begin, stop = waiting
            return error(
                "bundle/es-module",
                f'"{part.logical}" is a module, which a joined bundle cannot hold',
                location=locate_offset(part.source, text, begin, stop - begin),
                hint='hand the bundle to esbuild: [[bundle]] tool = "esbuild"',
            )
        waiting = None
        if kind == "punct":
            depth += (word in "({[") - (word in ")}]")
        elif kind == "template":
            depth += word.endswith("${") - word.startswith("}")
        elif kind == "word" and depth == 0 and word in {"import", "export"}:
            waiting = None if before in {".", "?."} else (start, end)
        before = word
    return None
