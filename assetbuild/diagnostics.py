"""What can go wrong, as values: locations, diagnostics, the exception family and the exit codes.

In: nothing. Out: frozen values and their text form. Refuses to know: terminals, colours, files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum

from assetbuild.wrapping import wrap_line


class ExitCode(IntEnum):
    """The exit codes of every command (docs/reference/cli.md)."""

    DONE = 0
    FIXABLE = 1
    USAGE = 2
    BUG = 3
    INTERRUPTED = 130


class Severity(Enum):
    """How much a diagnostic matters: an error stops the build, a warning may be ignored."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a text file that the user wrote."""

    file: str  # path as the user knows it, posix, relative to the project where possible
    line: int = 1  # 1-based
    column: int = 1  # 1-based, in characters
    length: int = 1  # characters to underline, at least 1
    line_text: str | None = None  # the whole line without its newline; None when not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding: what could not be done, where, and what to do next."""

    severity: Severity  # whether it stops the build
    code: str  # stable kebab-case, "area/what", listed in docs/reference/diagnostics.md
    message: str  # one line; the user's own value in quotes; no secret
    location: Location | None = None  # None: the finding belongs to no file
    hint: str | None = None  # a command or the exact text to write

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def error(
    code: str, message: str, *, location: Location | None = None, hint: str | None = None
) -> Diagnostic:
    """Make an error diagnostic."""
    return Diagnostic(
        severity=Severity.ERROR, code=code, message=message, location=location, hint=hint
    )


def warning(
    code: str, message: str, *, location: Location | None = None, hint: str | None = None
) -> Diagnostic:
    """Make a warning diagnostic."""
    return Diagnostic(
        severity=Severity.WARNING, code=code, message=message, location=location, hint=hint
    )


def _tell(one: Diagnostic) -> str:
    return f"{one.code}: {one.message}" + (f" ({one.hint})" if one.hint else "")


class AssetbuildError(Exception):
    """The user can fix it: carries every diagnostic of the stage that failed. Exit code 1."""

    exit_code = ExitCode.FIXABLE

    def __init__(self, *diagnostics: Diagnostic) -> None:
        # a traceback of a web server shows this alone: what to do next belongs to it
        super().__init__("; ".join(_tell(one) for one in diagnostics))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type, tuple[Diagnostic, ...]]:
        # Exceptions cross process pools: without this, pickling replays args as strings.
        return (type(self), self.diagnostics)


class UsageError(AssetbuildError):
    """The command line itself is wrong. Exit code 2."""

    exit_code = ExitCode.USAGE


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics without repeats, errors and warnings together, by place then code."""

    def key(item: Diagnostic) -> tuple[str, int, int, str, str]:
        where = item.location
        if where is None:
            return ("", 0, 0, item.code, item.message)
        return (where.file, where.line, where.column, item.code, item.message)

    return tuple(sorted(set(diagnostics), key=key))


def locate_offset(file: str, text: str, offset: int, length: int = 1) -> Location:
    """Return the Location of a character offset in a text (0 <= offset <= len(text))."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line_text = text[start:] if end < 0 else text[start:end]
    return Location(
        file=file,
        line=text.count("\n", 0, offset) + 1,
        column=offset - start + 1,
        length=max(1, length),
        line_text=line_text.rstrip("\r"),
    )


_CONTEXT_WIDTH = 72  # a minified line is cut around the caret, so that the error fits 80 columns


def render_diagnostic(item: Diagnostic, *, width: int | None = None) -> str:
    """Return the text form of a diagnostic: code, place, line with caret, hint. No final newline.

    Message and hint are wrapped to ``width`` columns, None: never; the later lines of a message are what a
    program printed, and stay as they are.
    """
    prefix = "" if item.is_error else "warning: "
    first, *printed = item.message.split("\n")
    lines = wrap_line(f"{prefix}{item.code}: {first}", width=width, rest="  ")
    lines += printed
    where = item.location
    if where is not None:
        lines.append(f"  {where.file}:{where.line}:{where.column}")
        if where.line_text is not None:
            lines.extend(_render_frame(where.line_text, where.column, where.length))
    if item.hint is not None:
        for number, line in enumerate(item.hint.split("\n")):
            indent = "  hint: " if number == 0 else "        "
            lines += wrap_line(line, width=width, indent=indent, rest="        ")
    return "\n".join(lines)


def _render_frame(line_text: str, column: int, length: int) -> list[str]:
    text = line_text.replace("\t", " ")
    start = 0
    if len(text) > _CONTEXT_WIDTH:
        start = max(0, min(column - 1 - _CONTEXT_WIDTH // 3, len(text) - _CONTEXT_WIDTH))
    shown = text[start : start + _CONTEXT_WIDTH]
    at = max(0, column - 1 - start)
    carets = "^" * max(1, min(length, len(shown) - at))
    return [f"    {shown}".rstrip(), f"    {' ' * at}{carets}"]
