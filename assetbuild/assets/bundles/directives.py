"""Sprockets' directives: ``//= require x`` at the head of a script or style sheet.

In: texts, and the names of all outputs. Out: what a bundle consists of, in order.
Refuses to know: disks, how texts are joined.
Source: https://github.com/rails/sprockets#directives
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, locate_offset
from assetbuild.paths import LogicalPath, join_logical
from assetbuild.suggest import find_nearest

# the head: comments and blank lines before any code
_HEAD = re.compile(r"\ufeff?(?:\s+|/\*[^*]*(?:\*(?!/)[^*]*)*\*/|//[^\n]*\n?|\#(?!\#\#)[^\n]*\n?)*")
_DIRECTIVE = re.compile(
    r"^[ \t]*(?:/\*|\*|//|\#)=[ \t]*(?P<name>\w+)(?P<rest>[^\n]*)$", re.MULTILINE
)
# these name outputs of their own or rebuild reasons: nothing is joined
_IGNORED = frozenset(
    [
        *("link", "link_directory", "link_tree", "provide"),
        *("depend_on", "depend_on_asset", "depend_on_directory"),
    ]
)
_KNOWN = _IGNORED | {
    *("require", "require_self", "require_directory", "require_tree", "stub", "include"),
}


@dataclass(frozen=True, slots=True)
class Directive:
    """One line of a head."""

    name: str  # "require", "require_tree"
    argument: str  # without quotes; "" where there is none
    start: int  # offset of the line's first character that is not white space
    end: int  # offset after the line


def parse_directives(text: str) -> tuple[Directive, ...]:
    """Return the directives of a text's head, in order."""
    head = _HEAD.match(text)
    assert head is not None
    found: list[Directive] = []
    for match in _DIRECTIVE.finditer(text, 0, head.end()):
        name = match["name"]
        rest = match["rest"].removesuffix("\r").rstrip(" \t").removesuffix("*/")
        if name in _KNOWN and rest[:1] in {"", " ", "\t"}:
            argument = rest.strip().strip("\"'")
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            found.append(Directive(name, argument, start, match.end()))
    return tuple(found)


def has_directives(text: str) -> bool:
    """Tell whether the text joins others by directives (require_self alone joins nothing)."""
    return any(
        one.name not in _IGNORED | {"require_self", "stub"} for one in parse_directives(text)
    )


def expand_directives(
    entry: LogicalPath,
    *,
    outputs: Collection[LogicalPath],
    read: Callable[[LogicalPath], str],
    display: Callable[[LogicalPath], str] = str,
) -> tuple[LogicalPath, ...]:
    """Return the outputs that ``entry`` joins, itself among them, each once, in order.

    ``outputs`` holds logical paths after compiling ("js/a.js" for "js/a.coffee"); ``read`` gives
    the *source* text of one, ``display`` its file for messages. Errors: ``bundle/unresolved``.
    """
    expansion = _Expansion(frozenset(outputs), read, display)
    expansion.visit(entry)
    if expansion.problems:
        raise AssetbuildError(*expansion.problems)
    return tuple(one for one in expansion.order if one not in expansion.stubbed)


class _Expansion:
    """One entry's walk."""

    def __init__(
        self,
        outputs: frozenset[LogicalPath],
        read: Callable[[LogicalPath], str],
        display: Callable[[LogicalPath], str],
    ) -> None:
        self._outputs = outputs
        self._read = read
        self._display = display
        self._seen: set[LogicalPath] = set()
        self.order: dict[LogicalPath, None] = {}
        self.stubbed: set[LogicalPath] = set()
        self.problems: list[Diagnostic] = []

    def visit(self, logical: LogicalPath) -> None:
        if logical in self._seen:
            return
        self._seen.add(logical)
        text = self._read(logical)
        for one in parse_directives(text):
            if one.name == "require_self":
                self.order.setdefault(logical)
            elif one.name == "stub":
                self.stubbed.update(self._closure(self._find(logical, one, text)))
            elif one.name in {"require", "include"}:
                for target in self._find(logical, one, text):
                    self.visit(target)
            elif one.name in {"require_tree", "require_directory"}:
                for target in self._list(logical, one):
                    self.visit(target)
        self.order.setdefault(logical)

    def _closure(self, targets: tuple[LogicalPath, ...]) -> set[LogicalPath]:
        found: set[LogicalPath] = set()
        for target in targets:
            inner = _Expansion(self._outputs, self._read, self._display)
            inner.visit(target)
            found.update(inner.order)
        return found

    def _find(self, owner: LogicalPath, directive: Directive, text: str) -> tuple[LogicalPath, ...]:
        extension = posixpath.splitext(owner)[1]
        argument = directive.argument
        is_relative = argument.startswith(("./", "../"))
        folder = posixpath.dirname(owner) if is_relative else ""
        for ending in ("", extension, f"/index{extension}"):
            candidate = join_logical(folder, argument + ending) if argument else None
            # a style sheet that a script names would be joined into it as if it were code
            if candidate in self._outputs and candidate.endswith(extension):
                return (candidate,)
        same_type = [one for one in self._outputs if one.endswith(extension)]
        wanted = join_logical(folder, argument + extension) or argument
        nearest = find_nearest(wanted, same_type)
        self.problems.append(
            error(
                "bundle/unresolved",
                f'"{directive.name} {argument}" names no output',
                location=locate_offset(
                    self._display(owner), text, directive.start, directive.end - directive.start
                ),
                hint=None if nearest is None else f'did you mean "{nearest}"?',
            )
        )
        return ()

    def _list(self, owner: LogicalPath, directive: Directive) -> list[LogicalPath]:
        """Return the outputs below a folder, of the owner's type, in Sprockets' order."""
        folder = posixpath.dirname(owner)
        below = posixpath.normpath(posixpath.join(folder, directive.argument or "."))
        prefix = "" if below == "." else below + "/"
        extension = posixpath.splitext(owner)[1]
        found = [
            one
            for one in self._outputs
            if one.startswith(prefix)
            and one != owner
            and one.endswith(extension)
            and (directive.name == "require_tree" or "/" not in one[len(prefix) :])
        ]
        return sorted(found, key=lambda one: one.split("/"))
