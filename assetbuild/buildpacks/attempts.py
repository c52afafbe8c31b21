"""Try what the network may spoil several times, and tell what was tried.

In: an action and a Patience. Out: its value, or Exhausted with every try in it.
Refuses to know: what the action is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

_T = TypeVar("_T")


class Hopeless(Exception):
    """A failure that another try cannot mend: no such repository, no access, a bad archive."""


class Spoilt(Exception):
    """A failure that may be gone the next time: a time-out, a lost connection, a 503."""


class Exhausted(Exception):
    """All tries failed; the text says what was tried and what it met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long to try."""

    tries: int = 4  # at least 1
    pause_s: float = 0.5  # before the second try; doubled for each later one
    timeout_s: float = 120.0  # limit of one try
    sleep: Callable[[float], None] = field(default=time.sleep)  # replaced in tests


def try_often(action: Callable[[], _T], *, what: str, patience: Patience) -> _T:
    """Return the action's value; ``what`` names it in the failure ("git ls-remote")."""
    met: list[str] = []
    for number in range(patience.tries):
        if number:
            patience.sleep(patience.pause_s * 2 ** (number - 1))
        try:
            return action()
        except Hopeless as failure:
            raise Exhausted(_tell(what, [*met, str(failure)])) from None
        except Spoilt as failure:
            met.append(str(failure))
    raise Exhausted(_tell(what, met))


def _tell(what: str, met: list[str]) -> str:
    times = "once" if len(met) == 1 else f"{len(met)} times"
    unlike = "; ".join(dict.fromkeys(met))
    return f"{what} was tried {times}: {unlike}"
