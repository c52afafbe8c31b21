"""Cut a stream of bytes into lines that are safe to print, in bounded memory.

In: chunks of bytes as a program printed them. Out: lines of text without newline.
Refuses to know: processes, terminals, what the lines mean.
"""

from __future__ import annotations

import re

# SGR colours stay; cursor movement, titles and hyperlinks would garble a build log
_ESCAPE = re.compile(
    r"(\x1b\[[0-9;]*m)|\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_]?)"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]")
_RESET = "\x1b[0m"


class LineCutter:
    """Collects chunks and gives back whole lines; a line longer than ``limit`` is cut short.

    What a carriage return overwrote (a progress bar) is dropped, as a terminal would show it.
    """

    def __init__(self, *, limit: int = 16_384) -> None:
        self._limit = limit  # bytes kept of one line
        self._pending = b""
        self._dropped = 0  # bytes of the current line beyond the limit

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that this chunk completes."""
        *whole, rest = chunk.split(b"\n")
        lines = []
        for piece in whole:
            self._grow(piece)
            lines.append(self._take())
        self._grow(rest)
        return lines

    def finish(self) -> list[str]:
        """Return what stands without a final newline: one line or none."""
        return [self._take()] if self._pending or self._dropped else []

    def _grow(self, piece: bytes) -> None:
        if b"\r" in piece[:-1]:
            self._pending, self._dropped = b"", 0
            ended = piece.endswith(b"\r")
            piece = piece.rstrip(b"\r").rpartition(b"\r")[2] + (b"\r" if ended else b"")
        elif self._pending.endswith(b"\r") and piece:
            self._pending, self._dropped = b"", 0
        room = max(0, self._limit - len(self._pending))
        self._pending += piece[:room]
        self._dropped += len(piece) - len(piece[:room])

    def _take(self) -> str:
        text = printable(self._pending.rstrip(b"\r"))
        if self._dropped:
            text += f" [… {self._dropped} bytes more without a newline]"
        self._pending, self._dropped = b"", 0
        return text


def printable(data: bytes) -> str:
    """Return bytes as text for a log: UTF-8 with replacements, colours kept and closed."""
    text = data.decode("utf-8", "replace")
    if "\x1b" in text:
        text = _ESCAPE.sub(lambda match: match[1] or "", text)
        if "\x1b[" in text and not text.endswith((_RESET, "\x1b[m")):
            text += _RESET
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
