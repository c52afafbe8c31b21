"""The protocol of a JavaScript engine: load a pinned compiler once, keep it warm, call it with JSON.

In: a Program. Out: JSON values. Refuses to know: languages, and where compilers come from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from assetbuild.jsontype import Json


@dataclass(frozen=True, slots=True)
class Script:
    """One piece of JavaScript, evaluated in the global scope."""

    label: str  # name in stack traces; no path of the machine
    text: str  # its source


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A compiler ready to be called: its scripts, then glue that defines functions."""

    key: str  # name and version: programs of one key are the same
    load: ProgramLoader = field(compare=False, repr=False)  # reads the scripts, on first use


class ProgramLoader(Protocol):
    """Reads what a program consists of; called once an engine."""

    def __call__(self) -> tuple[Script, ...]: ...


class EngineError(Exception):
    """The engine or the glue failed, which no source of the user's should cause."""


class Engine(Protocol):
    """A JavaScript engine with warm programs; one thread may use it at a time."""

    @property
    def name(self) -> str:
        """ "dukpy", "node" or "v8"."""

    def call(self, program: Program, function: str, argument: Json) -> Json:
        """Call a global function of a program with one JSON value and return its JSON result.

        The first call of a program loads it. Errors: EngineError.
        """

    def close(self) -> None:
        """End what was started. The engine may not be used afterwards."""
