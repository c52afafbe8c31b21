"""Sizes in bytes and numbers of things as people write and read them: "90 kB", "1 object".

In: text or a number of bytes. Out: a number of bytes or text.
"""

from __future__ import annotations

import re

# decimal as networks and `ls --si` count, binary with an i (IEC 80000-13)
_UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmg]i?b|b)?\s*", re.IGNORECASE)


def parse_size(text: str) -> int | None:
    """Return the bytes of "90 kB", "1.5 MiB", "200" or "200 B"; None when it is no size."""
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    return int(float(match.group(1)) * _UNITS[(match.group(2) or "b").lower()])


def format_size(size_bytes: int) -> str:
    """Return a size for people, decimal units: "999 B", "1.2 kB", "34 MB", "-3.0 kB"."""
    value, unit = float(abs(size_bytes)), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    sign = "-" if size_bytes < 0 else ""
    return (
        f"{sign}{value:.0f} {unit}" if unit == "B" or value >= 9.95 else f"{sign}{value:.1f} {unit}"
    )


def format_count(number: int, noun: str) -> str:
    """Return a number of things: "no errors", "1 object", "12,000 objects"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}" if number else f"no {noun}s"
