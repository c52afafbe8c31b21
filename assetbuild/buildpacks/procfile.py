"""The Procfile: which process types the app names, and the release entry.

In: the text of a Procfile. Out: its types, the text with a release entry.
Refuses to know: where it lies, and what a release does.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

RELEASE_COMMAND = "assetbuild upload"
# https://devcenter.heroku.com/articles/procfile: <process type>: <command>
_LINE = re.compile(r"^[ \t]*([A-Za-z0-9_-]+):[ \t]*(.*?)[ \t]*$")
_PUBLISHES = re.compile(r"(^|[\s/;&|])assetbuild(\.\w+)*\s+(upload|release)\b")
_OF_A_SHELL = re.compile(r"[;&|<>$*]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """What to do with a Procfile so that a release uploads the assets."""

    text: str | None  # the Procfile to write; None: leave it as it is
    advice: str | None  # the line that the user should write; None: nothing to do


def parse_procfile(text: str) -> dict[str, str]:
    """Return process type -> command; a later line wins, anything else is passed over."""
    found: dict[str, str] = {}
    for line in text.removeprefix("\ufeff").splitlines():
        match = _LINE.match(line)
        if match and match[2]:
            found[match[1]] = match[2]
    return found


def add_release(text: str | None) -> ReleaseEntry:
    """Append our release entry when there is none; else give the line that would run both."""
    if text is None:
        return ReleaseEntry(text=f"release: {RELEASE_COMMAND}\n", advice=None)
    theirs = parse_procfile(text).get("release")
    if theirs is None:
        newline = "\r\n" if "\r\n" in text else "\n"
        gap = "" if not text or text.endswith("\n") else newline
        return ReleaseEntry(
            text=f"{text}{gap}release: {RELEASE_COMMAND}{newline}",
            advice=None,
        )
    return ReleaseEntry(text=None, advice=join_release(theirs))


def join_release(command: str) -> str | None:
    """Return the line that publishes before a release command; None: the command publishes."""
    if _PUBLISHES.search(command):
        return None
    argument = f"sh -c {shlex.quote(command)}" if _OF_A_SHELL.search(command) else command
    return f"release: assetbuild release -- {argument}"


def merge_process_types(procfile: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """Return what the app runs: the Procfile beats the packs' defaults, type by type (rule 11)."""
    return {**defaults, **procfile}
