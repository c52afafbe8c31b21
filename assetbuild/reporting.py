"""The only place that prints: steps, details, diagnostics, progress, results.

In: what happened, as text and values. Out: lines on a stream, in the form the reader asked for.
Refuses to know: what the steps do. The Heroku form is that of the platform's own packs: ``----->``
before a step, seven columns before a detail, `` !     `` before an error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TextIO

from assetbuild.annotations import (
    diagnostic_to_github,
    diagnostic_to_json,
    diagnostics_to_sarif,
)
from assetbuild.diagnostics import Diagnostic, render_diagnostic
from assetbuild.wrapping import WIDTH


class Reporter(Protocol):
    """What every command tells its work to."""

    def step(self, text: str) -> None:
        """Start a step: one line, no final full stop."""

    def detail(self, text: str) -> None:
        """Tell something about the current step; several lines are indented alike."""

    def verbose(self, text: str) -> None:
        """Tell something that only ``--verbose`` shows."""

    def output(self, line: str) -> None:
        """Pass on a line that a script of a pack printed; it may bring its own ``-----> ``."""

    def diagnostic(self, item: Diagnostic) -> None:
        """Show an error or a warning."""

    def progress(self, done: int, total: int, what: str) -> None:
        """Tell how far a long work is; call as often as you like, it thins out itself."""

    def result(self, value: object) -> None:
        """Give the machine-readable result (``--json``); the text forms ignore it."""


_BAR = 24  # columns of a progress bar


class TextReporter:
    """Plain or Heroku-form lines on a stream, with a progress line on a terminal.

    Colour where ``is_coloured`` says so. Diagnostics fit 80 columns, their prefix included.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        env: Mapping[str, str],
        is_heroku: bool = False,
        verbosity: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._step_prefix = "-----> " if is_heroku else ""
        self._detail_prefix = "       " if is_heroku else "  "
        self._alert_prefix = " !     " if is_heroku else ""
        self._verbosity = verbosity
        self._clock = clock
        self._is_terminal = stream.isatty() and env.get("TERM") != "dumb"
        self._has_colour = is_coloured(env, is_terminal=stream.isatty())
        self._shown_at = clock()
        self._has_progress_line = False

    def step(self, text: str) -> None:
        if self._verbosity >= 0:
            self._write(self._step_prefix + text, colour="1" if not self._step_prefix else None)

    def detail(self, text: str) -> None:
        if self._verbosity >= 0:
            for line in text.splitlines() or [""]:
                self._write((self._detail_prefix + line).rstrip())

    def verbose(self, text: str) -> None:
        if self._verbosity > 0:
            self.detail(text)

    def output(self, line: str) -> None:
        if self._verbosity < 0:
            return
        # packs speak the platform's form themselves; only what has none of it is indented
        has_form = line.startswith(("-----> ", "=====> ", " !", "       ", "\x1b["))
        self._write(line.rstrip() if has_form else ("       " + line).rstrip())

    def diagnostic(self, item: Diagnostic) -> None:
        if item.is_error or self._verbosity >= 0:
            width = WIDTH - len(self._alert_prefix)
            for line in render_diagnostic(item, width=width).splitlines():
                self._write(self._alert_prefix + line, colour="31" if item.is_error else "33")

    def progress(self, done: int, total: int, what: str) -> None:
        if done >= total and self._has_progress_line:
            # what follows may be printed by others: a framework's command, a server's log
            self._has_progress_line = False
            _send(self._stream, "\r\x1b[K")
            return
        interval = 0.1 if self._is_terminal else 5.0
        now = self._clock()
        if self._verbosity < 0 or now - self._shown_at < interval:
            return
        self._shown_at = now
        if self._is_terminal:
            filled = _BAR * done // max(1, total)
            bar = "#" * filled + "." * (_BAR - filled)
            line = f"{self._detail_prefix}{what} [{bar}] {done}/{total}"
            _send(self._stream, f"\r\x1b[K{line[:78]}")
            self._has_progress_line = True
        else:
            self._write(f"{self._detail_prefix}{what} {done}/{total}")

    def result(self, value: object) -> None:
        return

    def _write(self, line: str, *, colour: str | None = None) -> None:
        clear = "\r\x1b[K" if self._has_progress_line else ""
        self._has_progress_line = False
        if self._has_colour and colour is not None:
            line = f"\x1b[{colour}m{line}\x1b[0m"
        _send(self._stream, f"{clear}{line}\n")


def is_coloured(env: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Tell whether output has colours: https://no-color.org, https://bixense.com/clicolors/.

    NO_COLOR wins; then FORCE_COLOR or CLICOLOR_FORCE; then only a terminal that can has any.
    """
    if env.get("NO_COLOR"):
        return False
    if any(env.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_terminal and env.get("TERM") != "dumb" and env.get("CLICOLOR") != "0"


class JsonReporter:
    """Diagnostics are collected; ``result`` prints one JSON document with them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._diagnostics: list[Diagnostic] = []

    def step(self, text: str) -> None:
        return

    def detail(self, text: str) -> None:
        return

    def verbose(self, text: str) -> None:
        return

    def output(self, line: str) -> None:
        return

    def progress(self, done: int, total: int, what: str) -> None:
        return

    def diagnostic(self, item: Diagnostic) -> None:
        self._diagnostics.append(item)

    def result(self, value: object) -> None:
        document = self._document(value)
        self._diagnostics = []
        write_output(json.dumps(document, indent=2, ensure_ascii=False), self._stream)

    def _document(self, value: object) -> object:
        return {
            "diagnostics": [diagnostic_to_json(item) for item in self._diagnostics],
            "result": value,
        }


class SarifReporter(JsonReporter):
    """Diagnostics alone, as a SARIF log, for code scanning services."""

    def __init__(self, stream: TextIO, *, version: str) -> None:
        super().__init__(stream)
        self._version = version

    def _document(self, value: object) -> object:
        return diagnostics_to_sarif(self._diagnostics, version=self._version)


class GithubReporter(TextReporter):
    """Plain lines, and a workflow command for each diagnostic on the other stream."""

    def __init__(
        self, stream: TextIO, annotations: TextIO, *, env: Mapping[str, str], verbosity: int = 0
    ) -> None:
        super().__init__(stream, env=env, verbosity=verbosity)
        self._annotations = annotations

    def diagnostic(self, item: Diagnostic) -> None:
        super().diagnostic(item)
        _send(self._annotations, diagnostic_to_github(item) + "\n")


def write_output(text: str, stream: TextIO | None = None) -> None:
    """Print what the user asked to see (a listing, a file) on standard output."""
    _send(sys.stdout if stream is None else stream, text if text.endswith("\n") else text + "\n")


def _send(stream: TextIO, text: str) -> None:
    """Write at once: a build log is read live, line by line, through a pipe."""
    try:
        stream.write(text)
        stream.flush()
    except UnicodeEncodeError:
        # a name on disk that is no UTF-8, or a terminal whose encoding has no such character
        encoding = stream.encoding or "ascii"
        _send(stream, text.encode(encoding, "backslashreplace").decode(encoding))
    except BrokenPipeError:
        # `assetbuild … | head`: the reader is gone, and the work goes on to its end and exit code;
        # this and Python's flush at exit need somewhere to write
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
