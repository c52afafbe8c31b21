"""Join style sheets: @charset and @import where they are valid, local imports inlined.

In: parts in order, and a loader for what they import. Out: one style sheet with its map.
Refuses to know: disks. Local imports are inlined in their layer, supports and media; imports of
other hosts are hoisted, for they are valid before all rules only.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from assetbuild.assets.bundles.part import (
    Chunk,
    Joined,
    Part,
    edit_chunk,
    rebase_edits,
    rebase_url,
    stack_chunks,
)
from assetbuild.assets.bundles.prelude import Conditions, Statement, parse_prelude
from assetbuild.assets.syntax.css_tokens import tokenize_css
from assetbuild.assets.syntax.reference import Edit
from assetbuild.assets.urls import is_local
from assetbuild.paths import LogicalPath

Load = Callable[[str, LogicalPath], "Part | None"]
"""(URL of an @import, output that holds it) -> the output it names; None: leave the import."""

_MAP_COMMENT = re.compile(r"/\*[#@][ \t]*sourceMappingURL=[^*]*\*/")
_CSS = "text/css"


def join_css(
    parts: Sequence[Part], *, output: LogicalPath, load: Load | None = None, wants_map: bool = False
) -> Joined:
    """Return the bundle ``output`` of the parts, in order."""
    bundle = _Bundle(posixpath.dirname(output), load, wants_map)
    for part in parts:
        bundle.add(part, Conditions(), (), ())
    return bundle.join()


@dataclass
class _Bundle:
    """The bundle as far as it is joined."""

    folder: str  # logical folder of the output
    load: Load | None  # what an @import names
    wants_map: bool  # whether chunks get their maps
    has_charset: bool = False  # one of the sheets had an @charset
    hoisted: list[str] = field(default_factory=list)  # statements that come before all rules
    namespaces: list[str] = field(default_factory=list)  # statements after these
    chunks: list[Chunk] = field(default_factory=list)  # the rules, in order
    used: dict[LogicalPath, None] = field(default_factory=dict)  # what is inside, in order

    def add(
        self,
        part: Part,
        conditions: Conditions,
        outer: tuple[Conditions, ...],
        trail: tuple[LogicalPath, ...],
    ) -> None:
        """Add a style sheet that holds under conditions, inside of outer ones."""
        self.used.setdefault(part.logical)
        trail = (*trail, part.logical)
        inside = (*outer, conditions)
        edits: list[Edit] = []
        opening, closing = conditions.wrap()
        if opening:
            self.chunks.append(Chunk(opening + "\n", None))
        spans: list[tuple[int, int]] = []
        for statement in parse_prelude(part.text):
            taken = self._take_statement(part, statement, inside, trail)
            if taken:
                spans.append((statement.start, statement.end))
                edits.append(Edit(statement.start, statement.end, ""))
        if part.text.startswith("\ufeff"):
            edits.append(Edit(0, 1, ""))
        edits += _map_comment_edits(part.text)
        edits += rebase_edits(
            part,
            _CSS,
            self.folder,
            skip=lambda one: any(start <= one.start < end for start, end in spans),
        )
        edits.sort(key=lambda one: one.start)
        chunk = edit_chunk(part, edits, wants_map=self.wants_map)
        self.chunks.append(Chunk(chunk.text, chunk.source_map))
        closing = _unclosed(part.text) + closing
        if closing:
            self.chunks.append(Chunk(closing + "\n", None))

    def _take_statement(
        self,
        part: Part,
        statement: Statement,
        inside: tuple[Conditions, ...],
        trail: tuple[LogicalPath, ...],
    ) -> bool:
        """Handle a statement of a head; tell whether it goes from where it stands."""
        if statement.kind == "charset":
            self.has_charset = True
            return True
        if statement.kind == "namespace":
            self.namespaces.append(part.text[statement.start : statement.end])
            return True
        if statement.kind == "layer":
            # order of layers: before hoisted imports it must stand where those go, too: naming a
            # layer again changes nothing
            is_conditional = any(one.wrap()[0] for one in inside)
            if not is_conditional and self._has_import_after(part, statement):
                self.hoisted.append(part.text[statement.start : statement.end])
            return False
        loaded = self.load(statement.url, part.logical) if self.load is not None else None
        if loaded is not None and loaded.logical in trail:
            return True  # a cycle: browsers ignore such an import, too
        if loaded is not None and not _has_namespace(loaded.text):
            self.add(loaded, statement.conditions, inside, trail)
            return True
        url = rebase_url(statement.url, posixpath.dirname(part.logical), self.folder)
        text = f"@import {_quote(url)}{statement.conditions.text()};"
        for one in reversed(inside):
            # a local one that could not be loaded stays plain, for the resolver to complain of:
            # nothing could find it inside of a data URI
            if one.text() and not is_local(url):
                # an import cannot have two sets of conditions, but an imported sheet has its own
                text = f'@import "data:text/css,{quote(text, safe=":/")}"{one.text()};'
        self.hoisted.append(text)
        return True

    def _has_import_after(self, part: Part, statement: Statement) -> bool:
        return any(
            one.kind == "import" and one.start > statement.start for one in parse_prelude(part.text)
        )

    def join(self) -> Joined:
        head = ['@charset "UTF-8";'] if self.has_charset else []
        head += dict.fromkeys(self.hoisted)
        head += dict.fromkeys(self.namespaces)
        lines = "".join(f"{one if one.endswith(';') else one + ';'}\n" for one in head)
        chunks = [Chunk(lines, None), *self.chunks] if head else self.chunks
        return stack_chunks(chunks, tuple(self.used), wants_map=self.wants_map)


def _quote(url: str) -> str:
    return '"' + url.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _has_namespace(text: str) -> bool:
    # such a sheet means something else inside of another
    return "@namespace" in text and any(one.kind == "namespace" for one in parse_prelude(text))


def _map_comment_edits(text: str) -> list[Edit]:
    if "sourceMappingURL" not in text:
        return []
    return [
        Edit(start, end, "\n" * text.count("\n", start, end))
        for kind, start, end in tokenize_css(text)
        if kind == "comment" and _MAP_COMMENT.fullmatch(text, start, end)
    ]


def _unclosed(text: str) -> str:
    """Return what closes the comment and the blocks that a sheet leaves open at its end."""
    is_even = text.count("{") == text.count("}")
    if is_even and text.rfind("/*") <= text.rfind("*/"):
        return ""
    depth = 0
    comment = ""
    for kind, start, end in tokenize_css(text):
        if kind == "punct" and text[start] in "{}":
            depth = max(0, depth + (1 if text[start] == "{" else -1))
        elif kind == "comment":
            comment = "" if end - start >= 4 and text.endswith("*/", start, end) else "*/"
    return comment + "}" * depth
