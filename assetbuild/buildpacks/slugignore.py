"""``.slugignore`` and the late ignore list: patterns of paths that stay out of a slug.

In: lines of patterns. Out: a matcher over relative posix paths. Refuses to know: disks.
As .gitignore, but without ``!`` (https://devcenter.heroku.com/articles/slug-compiler#ignoring-files-with-slugignore):
a pattern with a slash in front or in the middle is from the root, any other matches at any depth;
a final slash means folders only; what lies below a matched folder goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assetbuild.diagnostics import Diagnostic, Location, warning
from assetbuild.globs import Glob, compile_glob

SLUGIGNORE_NAME = ".slugignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnorePattern:
    """One line of a list."""

    glob: Glob  # matches a whole relative path
    is_folder_only: bool  # the line ended in a slash


def parse_patterns(
    lines: Iterable[str], *, file: str
) -> tuple[tuple[IgnorePattern, ...], tuple[Diagnostic, ...]]:
    """Return the patterns, and a warning for each line with ``!``, which means nothing here."""
    patterns: list[IgnorePattern] = []
    problems: list[Diagnostic] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("!"):
            problems.append(
                warning(
                    "slug/no-negation",
                    f'"{text}" is passed over: .slugignore has no "!"',
                    location=Location(file=file, line=number, line_text=line.rstrip("\r\n")),
                    hint="name what should go instead of what should stay",
                )
            )
            continue
        body = text.rstrip("/")
        is_anchored = "/" in body
        body = body.removeprefix("./").lstrip("/")
        if body:
            patterns.append(
                IgnorePattern(
                    glob=compile_glob(body if is_anchored else f"**/{body}"),
                    is_folder_only=text.endswith("/"),
                )
            )
    return tuple(patterns), tuple(problems)


def is_ignored(path: str, patterns: Sequence[IgnorePattern], *, is_folder: bool) -> bool:
    """Tell whether a path itself is matched; the caller leaves out what lies below a folder."""
    return any(one.glob.matches(path) for one in patterns if is_folder or not one.is_folder_only)
