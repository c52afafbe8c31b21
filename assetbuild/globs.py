"""Globs over posix paths: one pure, fully defined matcher for the whole program.

In: patterns as users write them. Out: a compiled Glob that answers for a whole path.

- A pattern matches the *whole* path. ``*`` and ``?`` stay inside one segment.
- ``**`` as a whole segment matches any number of segments, none among them.
- ``[abc]``, ``[a-z]`` and ``[!a]`` match one character other than ``/``; ``{css,js}`` is either.
- A pattern that ends in ``/`` means everything below. A back-slash takes the next character as it is.
- Matching is by NFC and by exact case, and a dot at the start of a name is nothing special.
Refuses to know: disks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

_MAGIC = frozenset("*?[{\\")


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern."""

    pattern: str  # as the user wrote it
    _regex: re.Pattern[str] = field(repr=False, compare=False)  # follows from the pattern

    def matches(self, path: str) -> bool:
        """Tell whether the whole path matches."""
        return self._regex.fullmatch(path) is not None

    @property
    def base(self) -> str:
        """The folder, "" or without a final slash, below which every match lies."""
        folders: list[str] = []
        for segment in self.pattern.split("/")[:-1]:
            if _MAGIC & set(segment):
                break
            folders.append(segment)
        return "/".join(folders)


def compile_glob(pattern: str) -> Glob:
    """Compile a pattern; an unclosed ``[`` or ``{``, or a backward range, stands for itself."""
    try:
        regex = re.compile(translate_glob(pattern), re.DOTALL)
    except re.error:
        regex = re.compile(re.escape(pattern))
    return Glob(pattern, regex)


def is_glob(text: str) -> bool:
    """Tell whether a pattern can match anything but its own text."""
    return bool(_MAGIC & set(text)) or text.endswith("/")


def match_any(globs: Iterable[Glob], path: str) -> bool:
    """Tell whether one of the globs matches the path."""
    return any(one.matches(path) for one in globs)


def translate_glob(pattern: str) -> str:
    """Return the regular expression of a pattern, for ``re.fullmatch``."""
    text = unicodedata.normalize("NFC", pattern).removeprefix("./")
    if text.endswith("/"):
        text += "**"
    parts: list[str] = []
    segments = _split_segments(text)
    for index, segment in enumerate(segments):
        is_last = index == len(segments) - 1
        if segment == "**":
            if index and segments[index - 1] == "**":
                # "**/**" is "**"; as two groups each path is parted in every way there is
                if is_last:
                    parts[-1] = ".*"
                continue
            parts.append(".*" if is_last else "(?:[^/]+/)*")
        else:
            parts.append(_translate_segment(segment, index))
            if not is_last:
                # "a/**" is everything below a, not a itself
                parts.append("/")
    return "".join(parts)


def _split_segments(text: str) -> list[str]:
    """Split at slashes that stand outside of braces."""
    segments, depth, start, at = [], 0, 0, 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "{" and text.find("}", at) > 0:
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif char == "/" and not depth:
            segments.append(text[start:at])
            start = at + 1
        at += 1
    segments.append(text[start:])
    return segments


def _translate_segment(text: str, index: int) -> str:
    runs: list[list[str]] = [[]]  # what stands between the stars
    closings = _find_closings(text) if "{" in text else {}
    open_until: list[int] = []  # offsets of the braces that close an open alternative
    is_plain = True  # no alternatives
    at = 0
    while at < len(text):
        char = text[at]
        parts = runs[-1]
        if char == "*":
            while text.startswith("*", at + 1):
                at += 1
            runs.append([])
        elif char == "?":
            parts.append("[^/]")
        elif char == "[" and (end := text.find("]", at + 2)) > 0:
            body = text[at + 1 : end]
            negated = body.startswith(("!", "^"))
            chosen = _translate_class(body[1:] if negated else body)
            parts.append(f"(?!/)[{'^' if negated else ''}{chosen}]")
            at = end
        elif char == "{" and at in closings:
            open_until.append(closings[at])
            parts.append("(?:")
            is_plain = False
        elif open_until and at == open_until[-1]:
            open_until.pop()
            parts.append(")")
        elif char == "," and open_until:
            parts.append("|")
        elif char == "\\" and at + 1 < len(text):
            at += 1
            parts.append(re.escape(text[at]))
        else:
            parts.append(re.escape(char))
        at += 1
    texts = ["".join(parts) for parts in runs]
    if is_plain and len(texts) > 2:
        # the shortest way to each run but the last is the best one, so it is never tried again: a
        # name of forty letters against a dozen stars would take minutes
        first, *middle, last = texts
        held = [
            f"(?=(?P<run{index}_{number}>[^/]*?{one}))(?P=run{index}_{number})"
            for number, one in enumerate(middle)
        ]
        return f"{first}{''.join(held)}[^/]*{last}"
    return "[^/]*".join(texts)


def _translate_class(body: str) -> str:
    """Return what stands between brackets; all but the hyphen of a range stands for itself."""

    def escape(char: str) -> str:
        # "--", "&&", "||", "~~" and "[" are to mean something in a later version of re
        return f"\\{char}" if char in "\\[]^-&~|" else char

    parts, at = [], 0
    while at < len(body):
        if body[at + 1 : at + 2] == "-" and at + 2 < len(body):
            parts.append(f"{escape(body[at])}-{escape(body[at + 2])}")
            at += 3
        else:
            parts.append(escape(body[at]))
            at += 1
    return "".join(parts)


def _find_closings(text: str) -> dict[int, int]:
    """Return where each brace that opens is closed; unclosed ones are not in it."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "{":
            waiting.append(at)
        elif text[at] == "}" and waiting:
            found[waiting.pop()] = at
        at += 1
    return found
