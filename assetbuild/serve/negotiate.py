"""What a request's header fields ask for: codings, entity tags, dates and ranges.

In: the values of single header fields, as the client wrote them. Out: choices and comparisons.
A field that cannot be parsed is treated as RFC 9110 says for that field, most often as absent.
Refuses to know: tables, files, servers. Source: RFC 9110, section by section.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Sequence
from enum import Enum

IDENTITY = ""
"""The name we give to "no content coding"."""

_OWS = " \t"  # RFC 9110 section 5.6.3
# RFC 9110 section 12.4.2: at most three decimals
_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 9110 section 8.8.3: etagc has no double quote, space or control character
_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')
_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_MAX_FIELD = 8192  # a longer field is an attack on the parser, not a request
_MAX_DIGITS = 19  # more digits than the size of any file


@functools.lru_cache(maxsize=256)
def choose_coding(accept: str | None, available: tuple[str, ...]) -> str | None:
    """Return the coding to send: one of ``available``, IDENTITY, or None where nothing is acceptable.

    ``available`` is in our order of preference, without IDENTITY. RFC 9110 section 12.5.3.
    """
    if accept is None:
        # any coding is acceptable, but only clients that say so are known to decode it
        return IDENTITY
    weights = _parse_weights(accept)
    star = weights.get("*")
    best, best_weight = None, 0.0
    for coding in available:
        weight = weights.get(coding, star if star is not None else 0.0)
        if weight > best_weight:
            best, best_weight = coding, weight
    plain = weights.get("identity")
    if plain is None:
        # not named: "*" speaks for it too; without a star it is acceptable, after what was named
        plain = star if star is not None else min(best_weight, 0.001) if best else 0.001
    if best is not None and best_weight >= plain:
        return best
    return IDENTITY if plain > 0.0 else best


def _parse_weights(field: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for item in field[:_MAX_FIELD].split(","):
        # only space and tab are white space here: str.strip() would take control characters too
        name, _, parameters = item.strip(_OWS).partition(";")
        name = name.strip(_OWS).lower()
        if _TOKEN.fullmatch(name) is None:
            continue
        weight = 1.0
        if parameters.strip(_OWS):
            key, _, value = parameters.partition("=")
            value = value.strip(_OWS)
            if key.strip(_OWS).lower() != "q" or _WEIGHT.fullmatch(value) is None:
                continue  # not a weight: the item says nothing
            weight = float(value)
        # "x-gzip" is the same coding (RFC 9110 section 8.4.1.3)
        weights["gzip" if name == "x-gzip" else name] = weight
    return weights


def matches_weakly(field: str, tag: str) -> bool:
    """Tell whether If-None-Match names our tag (weak comparison, section 13.1.2) or is ``*``."""
    return _matches(field, tag, counts_weak=True)


def matches_strongly(field: str, tag: str) -> bool:
    """Tell whether If-Match names our strong tag (section 13.1.1) or is ``*``."""
    return _matches(field, tag, counts_weak=False)


def _matches(field: str, tag: str, *, counts_weak: bool) -> bool:
    if field.strip() == "*":
        return True
    wanted = tag.strip('"')
    at = 0
    field = field[:_MAX_FIELD]
    while at < len(field):
        found = _TAG.match(field, at)
        if found is None:
            # section 5.6.1: empty list elements are ignored; anything else ends what we trust
            if field[at] in ", \t":
                at += 1
                continue
            return False
        if found[2] == wanted and (counts_weak or found[1] is None):
            return True
        at = found.end()
        if at < len(field) and field[at] != ",":
            return False
        at += 1
    return False


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_FIXDATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_RFC850 = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, ([0-9]{2})-([A-Z][a-z]{2})-([0-9]{2}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_ASCTIME = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([0-9 ][0-9]) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4})"
)


@functools.lru_cache(maxsize=64)
def parse_http_date(field: str) -> int | None:
    """Return the seconds since 1970 of an HTTP date in any of its three forms; None: not a date.

    Section 5.6.7. A two-digit year is read in 1970..2069, so that no clock is needed.
    """
    text = field.strip()
    if found := _FIXDATE.fullmatch(text):
        day, month, year, *clock = found.groups()
    elif found := _RFC850.fullmatch(text):
        day, month, short, *clock = found.groups()
        year = ("19" if int(short) >= 70 else "20") + short
    elif found := _ASCTIME.fullmatch(text):
        month, day, *clock, year = found.groups()
    else:
        return None
    try:
        hour, minute, second = (int(one) for one in clock)
        moment = datetime.datetime(
            int(year), _MONTHS.index(month) + 1, int(day), hour, minute, min(second, 59)
        )
    except ValueError:
        return None
    if second > 60:  # 60 is a leap second
        return None
    return int((moment - datetime.datetime(1970, 1, 1)).total_seconds())


class Unsatisfiable(Enum):
    """The range asks for nothing that there is: 416."""

    RANGE = "range"


def parse_range(field: str, size: int) -> tuple[int, int] | Unsatisfiable | None:
    """Return (first, last) of a single byte range, inclusive; None: answer with the whole.

    Section 14.1.2 and 14.2: another unit, a syntax error and a set of several ranges (whose
    support is optional) are ignored. ``size`` is that of the selected representation.
    """
    found = _RANGE.fullmatch(field.strip())
    if found is None or len(field) > _MAX_FIELD:
        return None
    first, last = (_read_number(one) for one in found.groups())
    if first is None:
        if last is None:
            return None
        if last == 0:
            return Unsatisfiable.RANGE
        # an empty representation has no byte that 206 could name: the whole of it is the answer
        return (max(0, size - last), size - 1) if size else None
    if last is not None and last < first:
        return None
    if first >= size:
        return Unsatisfiable.RANGE
    return first, size - 1 if last is None else min(last, size - 1)


def _read_number(digits: str) -> int | None:
    if not digits:
        return None
    significant = digits.lstrip("0") or "0"
    # int() refuses thousands of digits; no file is that long
    return int(significant) if len(significant) <= _MAX_DIGITS else 10**_MAX_DIGITS


def is_host_served(host: str | None, patterns: Sequence[str]) -> bool:
    """Tell whether a Host field names one of our hosts: exactly, or by a prefix ending in a dot."""
    if host is None or not patterns:
        return False
    name = split_host(host)
    return any(name == one or (one.endswith(".") and name.startswith(one)) for one in patterns)


def split_host(host: str) -> str:
    """Return a Host field's name in lower case, without port, brackets and a final dot."""
    text = host.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")
