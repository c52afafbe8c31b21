"""What a LESS text imports, found by real tokens: never in comments, strings or url().

In: the text of a .less file. Out: its @import rules that load a file. Refuses to know: files.
Source: lesscss.org, "@import At-Rules".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""//[^\n]*
    | /\*.*?(?:\*/|\Z)
    | (?P<import>@(?:import|plugin)(?![\w-]))\s*(?P<options>\([^)]*\))?\s*
      (?P<target>url\(\s*(?:"[^"\n]*"|'[^'\n]*'|[^)"'\s]+)\s*\)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    | (?<![\w-])url\(\s*(?!["'])[^)\r\n]*(?:\s*\))?
    | "(?:\\.|[^"\\])*"? | '(?:\\.|[^'\\])*'?
    """,
    re.VERBOSE | re.DOTALL,
)
_EXTERNAL = re.compile(r"(?:[a-z-]+:|//)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LessImport:
    """One file that a LESS file loads."""

    target: str  # as written, without quotes
    offset: int  # character offset of the target in the text, its quote included
    length: int  # characters, quotes included
    is_optional: bool  # nothing is wrong when it is not there
    is_plugin: bool  # JavaScript for the compiler


def keep_external(text: str) -> str:
    """Return a LESS text whose imports of other hosts say that they stay CSS.

    LESS would fetch them, which a build must not; those with options of their own are left.
    """
    at = [
        match.end("import")
        for match in _TOKEN.finditer(text)
        if match.group("import") == "@import"
        and match.group("options") is None
        and _EXTERNAL.match(_target_of(match))
    ]
    for offset in reversed(at):
        text = f"{text[:offset]} (css){text[offset:]}"
    return text


def _target_of(match: re.Match[str]) -> str:
    target = match.group("target")
    if target.startswith("url("):
        target = target[4:-1].strip()
    return target[1:-1] if target[:1] in {'"', "'"} else target


def scan_less(text: str) -> tuple[LessImport, ...]:
    """Return what a LESS text loads, in order; imports that stay CSS and @{variables} are left out."""
    found = []
    for match in _TOKEN.finditer(text):
        if match.group("import") is None:
            continue
        written = match.group("target")
        target = _target_of(match)
        options = {one.strip() for one in (match.group("options") or "()")[1:-1].split(",")}
        is_plugin = match.group("import") == "@plugin"
        if "@{" in target or "css" in options or _EXTERNAL.match(target):
            continue
        if target.endswith(".css") and not options & {"less", "inline"}:
            continue
        found.append(
            LessImport(
                target, match.start("target"), len(written), "optional" in options, is_plugin
            )
        )
    return tuple(found)
