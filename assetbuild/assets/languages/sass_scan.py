"""What a Sass text imports, found by real tokens: never in comments, strings or url().

In: the text of a .scss, .sass or .css file. Out: its @import, @use and @forward rules with their
places. Refuses to know: files. Source: the Sass specification, spec/syntax.md and
spec/at-rules/import.md, use.md, forward.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

RuleName = Literal["import", "use", "forward"]


@dataclass(frozen=True, slots=True)
class SassImport:
    """One thing that a Sass file loads."""

    rule: RuleName  # the at-rule
    target: str  # as written, unescaped, without quotes
    offset: int  # character offset of the target in the text, its quote included
    length: int  # characters, quotes included

    @property
    def is_built_in(self) -> bool:
        """Tell whether it is a module of Sass itself."""
        return self.target.startswith("sass:")


# the alternatives inside url() and strings exclude each other, and what is never closed ends with
# the line or text: nothing makes them try twice
_SKIP = re.compile(
    r"""(?P<line>//[^\r\n\f]*)
    | (?P<block>/\*.*?(?:\*/|\Z))
    | (?P<url>(?<![\w-])url\(\s*(?!["'])(?:\#\{[^}]*\}|\\.|\#(?!\{)|[^)"'\\\#\r\n])*(?:\s*\))?)
    | (?P<string>"(?:\\.|\#\{[^}]*\}|\#(?!\{)|[^"\\\r\n\#])*"?|'(?:\\.|\#\{[^}]*\}|\#(?!\{)|[^'\\\r\n\#])*'?)
    | (?P<rule>@(?:import|use|forward)(?![\w-]))
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_STRING = re.compile(r""""((?:\\.|[^"\\\r\n])*)"|'((?:\\.|[^'\\\r\n])*)'""", re.DOTALL)
_BLANK = re.compile(r"(?:\s+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\r\n\f]?|(.))", re.DOTALL)
_INDENTED_RULE = re.compile(
    r"(?P<indent>[ \t]*)@(?P<name>import|use|forward)[ \t]+(?P<rest>[^\r\n]*)"
)
_BARE = re.compile(r"[^\s,;]+")


def scan_sass(text: str, *, is_indented: bool) -> tuple[SassImport, ...]:
    """Return what a Sass text loads, in order. Imports that stay CSS (media, url()) are left out."""
    found = _scan_indented(text) if is_indented else _scan_scss(text)
    return tuple(found)


def uses_modules(imports: tuple[SassImport, ...]) -> bool:
    """Tell whether the text needs the module system, which libsass copies into the CSS."""
    return any(one.rule != "import" for one in imports)


def _scan_scss(text: str) -> Iterator[SassImport]:
    for match in _SKIP.finditer(text):
        if match.lastgroup == "rule":
            rule = match.group()[1:].lower()
            if rule == "import":
                yield from _read_import_list(text, match.end())
            else:
                yield from _read_module(text, match.end(), "use" if rule == "use" else "forward")


def _read_module(text: str, at: int, rule: RuleName) -> Iterator[SassImport]:
    match = _STRING.match(text, _skip_blank(text, at))
    if match is not None:
        yield _make(rule, match)


def _read_import_list(text: str, at: int) -> Iterator[SassImport]:
    while True:
        match = _STRING.match(text, _skip_blank(text, at))
        if match is None:
            return
        after = _skip_blank(text, match.end())
        following = text[after : after + 1]
        # anything but the end of the list entry is a media query or supports(): it stays CSS
        if following in {"", ";", ",", "}"} and not _stays_css(match.group()[1:-1]):
            yield _make("import", match)
        if following != ",":
            return
        at = after + 1


def _scan_indented(text: str) -> Iterator[SassImport]:
    comment_indent: int | None = None
    offset = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        start, offset = offset, offset + len(line)
        if not stripped:
            continue
        if comment_indent is not None and indent > comment_indent:
            continue
        comment_indent = None
        if stripped.startswith(("//", "/*")):
            comment_indent = indent
            continue
        match = _INDENTED_RULE.match(text, start)
        if match is None or match.start() != start:
            continue
        name = match.group("name")
        rule: RuleName = "import" if name == "import" else "use" if name == "use" else "forward"
        if rule != "import":
            yield from _read_module(text, match.start("rest"), rule)
        else:
            yield from _read_bare_list(text, match.start("rest"), match.end("rest"))


def _read_bare_list(text: str, at: int, end: int) -> Iterator[SassImport]:
    """Read ``@import a, "b"`` of the indented syntax, where quotes may be missing."""
    while at < end:
        while at < end and text[at] in " \t,":
            at += 1
        quoted = _STRING.match(text, at, end)
        match = quoted or _BARE.match(text, at, end)
        if match is None:
            return
        after = match.end()
        while after < end and text[after] in " \t":
            after += 1
        target = match.group()[1:-1] if quoted else match.group()
        if target.startswith("//"):
            return
        follows = text[after : after + 2]
        is_last = after >= end or follows[:1] in {",", ";"} or follows == "//"
        if is_last and not _stays_css(target) and not target.lower().startswith("url("):
            yield _make("import", match, is_quoted=quoted is not None)
        if follows[:1] != ",":
            return
        at = after + 1


def _make(rule: RuleName, match: re.Match[str], *, is_quoted: bool = True) -> SassImport:
    target = match.group()[1:-1] if is_quoted else match.group()
    return SassImport(rule, _unescape(target), match.start(), len(match.group()))


def _stays_css(target: str) -> bool:
    lowered = target.lower()
    return (
        lowered.endswith(".css")
        or lowered.startswith(("http://", "https://", "//"))
        or "#{" in target
    )


def _skip_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    assert match is not None
    return match.end()


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        if not match.group(1):
            return match.group(2)
        code = int(match.group(1), 16)
        return chr(code) if code <= sys.maxunicode else "\N{REPLACEMENT CHARACTER}"

    return _ESCAPE.sub(one, text) if "\\" in text else text
