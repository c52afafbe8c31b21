"""Find where the keys of a TOML document stand, for messages; tomllib tells values only.

In: a document that tomllib accepted. Out: dotted key -> (offset, length). Tables of an array get
an index: ``bundle.0.name``. Source: https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Mapping

_KEY_PART = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_MULTILINE = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}", re.DOTALL)
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_BLANK = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_SCALAR = re.compile(r"[^\s,\]}#]+(?: \d[^\s,\]}#]*)?")


def locate_keys(text: str) -> Mapping[str, tuple[int, int]]:
    """Return the place of every key and table header: dotted key -> (offset, length)."""
    locator = _Locator(text)
    # values nested a thousand deep: messages do without the places behind them
    with contextlib.suppress(RecursionError):
        locator.read()
    return locator.found


class _Locator:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.found: dict[str, tuple[int, int]] = {}  # what was read so far
        self._tables: Counter[str] = Counter()

    def read(self) -> None:
        prefix: tuple[str, ...] = ()
        while True:
            self._skip_blank()
            if self._at >= len(self._text):
                return
            if self._text[self._at] == "[":
                prefix = self._read_header()
            else:
                self._read_pair(prefix)

    def _skip_blank(self) -> None:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _read_header(self) -> tuple[str, ...]:
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        start = self._at
        parts = self._read_key()
        # the parents of a header may be arrays of tables: [bundle.options] is bundle.N.options
        path: list[str] = []
        for index, part in enumerate(parts):
            path.append(part)
            name = ".".join(path)
            is_last = index == len(parts) - 1
            if is_last and is_array:
                self._tables[name] += 1
            if name in self._tables:
                path.append(str(self._tables[name] - 1))
        self._note(tuple(path), start)
        self._at += 2 if is_array else 1
        return tuple(path)

    def _read_key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while match := _KEY_PART.match(self._text, self._at):
            part = match.group(1)
            parts.append(part[1:-1] if part[0] in "\"'" else part)
            self._at = match.end()
            if not self._text.startswith(".", self._at):
                break
            self._at += 1
        if not parts:
            self._at = len(self._text)  # never loop on what tomllib should have refused
        return tuple(parts)

    def _read_pair(self, prefix: tuple[str, ...]) -> None:
        start = self._at
        path = (*prefix, *self._read_key())
        self._note(path, start)
        self._at += 1  # the "="
        self._skip_blank()
        self._read_value(path)

    def _note(self, path: tuple[str, ...], start: int) -> None:
        shown = self._text[start : self._at]
        offset = start + len(shown) - len(shown.lstrip())
        self.found.setdefault(".".join(path), (offset, max(1, len(shown.strip()))))

    def _read_value(self, path: tuple[str, ...]) -> None:
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._at += 1
            self._read_items(path, "]")
        elif opening == "{":
            self._at += 1
            self._read_items(path, "}")
        else:
            for pattern in (_MULTILINE, _STRING, _SCALAR):
                match = pattern.match(self._text, self._at)
                if match:
                    self._at = match.end()
                    return
            self._at += 1

    def _read_items(self, path: tuple[str, ...], closing: str) -> None:
        index = 0
        while True:
            self._skip_blank()
            if self._at >= len(self._text):
                return
            if self._text[self._at] == closing:
                self._at += 1
                return
            if closing == "}":
                self._read_pair(path)
            else:
                start = self._at
                self._read_value((*path, str(index)))
                self.found.setdefault(
                    ".".join((*path, str(index))), (start, max(1, self._at - start))
                )
                index += 1
