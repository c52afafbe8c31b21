"""Find any mention of outputs in any text: whole names, names alone, and computed ones.

In: the logical paths of all outputs, a text. Out: which outputs it names, how surely, and where.
A name in a comment counts: telling a used file unused does harm, the other way round only wastes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

_TOKEN = re.compile(r"[\w@~%.+/-]+")
_INSIDE = r"\{\{.{0,200}?\}\}|\{%.{0,200}?%\}|<%.{0,200}?%>|[$#]\{[^}\n]{0,200}\}|%\(\w+\)s|%[sd]|\{[\w.]*\}"
_PIECE = r"[\w@~.+/-]"
# "img/flag-{{ code }}.png", f"img/flag-{code}.png", `img/flag-${code}.png`
# (begun only where a run of such characters begins: a long one is read once)
_FILLED = re.compile(rf"(?<!{_PIECE}){_PIECE}+(?:(?:{_INSIDE}){_PIECE}*)+", re.DOTALL)
_HOLE = re.compile(_INSIDE, re.DOTALL)
# "img/flag-" + code, 'img/flag-' ~ code, "img/" . $name
_JOINED = re.compile(rf"[\"'`]({_PIECE}+)[\"'`]\s*(?:\+|~|\.\s*\$|<>|\||,\s*\w+\s*\))")
_MIN_LITERAL = 3  # characters of a pattern that are written; fewer would match everything

Certainty = Literal["named", "maybe"]


@dataclass(frozen=True, slots=True)
class Found:
    """A text names an output."""

    logical: str  # the output
    certainty: Certainty  # "named": by its whole name; "maybe": by its file name, or computed
    start: int  # offset in the text
    written: str  # what is written there


class OutputSearch:
    """The outputs of a build, ready to be looked for."""

    def __init__(self, logicals: Iterable[str], *, prefixes: Iterable[str]) -> None:
        """Take all logical paths, and what stands before them in URLs ("static/", "assets/")."""
        self._logicals = sorted(logicals)
        self._prefixes = tuple(one.strip("/") + "/" for one in prefixes if one.strip("/"))
        self._by_base: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        self._odd: list[str] = []  # names that are no token
        for one in self._logicals:
            base = one.rpartition("/")[2]
            if _TOKEN.fullmatch(one) is None:
                self._odd.append(one)
            self._by_base.setdefault(base, []).append(one)
            stem, dot, extension = one.rpartition(".")
            if dot and extension in {"css", "js", "mjs"} and "/" in stem:
                self._by_stem.setdefault(stem, []).append(one)

    def find(self, text: str) -> Iterator[Found]:
        """Yield what a text names; an output may come several times."""
        for match in _TOKEN.finditer(text):
            token = match.group().rstrip(".")
            base = token.rpartition("/")[2]
            if "." not in token and "/" not in token:
                continue  # a name without an extension is a word like any other
            alike = self._by_base.get(base, ())
            whole = [one for one in alike if token == one or token.endswith("/" + one)]
            for logical in whole:
                yield Found(logical, "named", match.start(), token)
            if not whole and "." in base:
                for logical in alike:
                    yield Found(logical, "maybe", match.start(), token)
            for logical in self._by_stem.get(token.removeprefix("./"), ()):
                yield Found(logical, "named", match.start(), token)
        for logical in self._odd:
            at = text.find(logical)
            if at >= 0:
                yield Found(logical, "named", at, logical)
        yield from self._find_computed(text)

    def _find_computed(self, text: str) -> Iterator[Found]:
        for match in _FILLED.finditer(text):
            pattern = "\0".join(_HOLE.split(match.group()))
            yield from self._match(pattern, match.start(), match.group())
        for match in _JOINED.finditer(text):
            yield from self._match(match.group(1) + "\0", match.start(1), match.group(1) + "…")

    def _match(self, pattern: str, start: int, written: str) -> Iterator[Found]:
        regex = self.pattern_of(pattern)
        if regex is not None:
            for logical in self._logicals:
                if regex.fullmatch(logical):
                    yield Found(logical, "maybe", start, written)

    def pattern_of(self, pattern: str) -> re.Pattern[str] | None:
        """Return the expression of a text with NUL for what is computed; None: it says too little."""
        plain = pattern.lstrip("./")
        for prefix in self._prefixes:
            plain = plain.removeprefix(prefix)
        first = plain.partition("\0")[0]
        if "\0" not in plain or len(first) < _MIN_LITERAL:
            return None
        # what is computed may hold folders, which "*" of a glob does not
        return re.compile(".*".join(map(re.escape, plain.split("\0"))))
