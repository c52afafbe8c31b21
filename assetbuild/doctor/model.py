"""What the doctor says of one part of a project: what is there, and what is wrong with it.

In: nothing. Out: values. Refuses to know: where the facts come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assetbuild.diagnostics import Diagnostic

State = Literal["ok", "skipped", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One part that was looked at."""

    name: str  # "disk": one word, the same every time
    told: str  # what is there, or why it was skipped: one line, no full stop
    findings: tuple[Diagnostic, ...] = ()  # what is wrong; may be empty
    is_skipped: bool = False  # it does not apply here, or was not asked for

    @property
    def state(self) -> State:
        """The worst of the findings."""
        if any(one.is_error for one in self.findings):
            return "error"
        if self.findings:
            return "warning"
        return "skipped" if self.is_skipped else "ok"


def skip(name: str, why: str) -> Check:
    """Return a check that did not apply."""
    return Check(name=name, told=why, is_skipped=True)


def name_some(names: tuple[str, ...], *, shown: int = 3) -> str:
    """Return a few of many names in quotes: '"a", "b" and 7 more'."""
    listed = ", ".join(f'"{one}"' for one in names[:shown])
    return listed if len(names) <= shown else f"{listed} and {len(names) - shown} more"
