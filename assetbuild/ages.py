"""Ages as people write them: "30d", "12h", "90m".

In: text. Out: a timedelta, or None. Refuses to know: clocks.
"""

from __future__ import annotations

import re
from datetime import timedelta

_AGE = re.compile(r"\s*([0-9]{1,6})\s*([dhm])\s*")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def parse_age(text: str) -> timedelta | None:
    """Return the age that a text means; None when it is none."""
    match = _AGE.fullmatch(text)
    return None if match is None else timedelta(**{_UNITS[match[2]]: int(match[1])})
