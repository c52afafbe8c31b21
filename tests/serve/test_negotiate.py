from __future__ import annotations

import pytest

from assetbuild.serve.negotiate import (
    IDENTITY,
    Unsatisfiable,
    choose_coding,
    is_host_served,
    matches_strongly,
    matches_weakly,
    parse_http_date,
    parse_range,
    split_host,
)

BOTH = ("br", "gzip")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, IDENTITY),
        ("", IDENTITY),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.000", IDENTITY),
        ("br ; q=0.5 , gzip ; q=0.6", "gzip"),
        ("gzip;Q=0.5", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0, identity", IDENTITY),
        ("*;q=0.5, br;q=0", "gzip"),
        ("identity", IDENTITY),
        ("identity;q=1, gzip;q=0.5", IDENTITY),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0", None),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("identity;q=0, deflate", None),
        ("deflate", IDENTITY),
        ("br;q=2, gzip;q=0.2", "gzip"),  # 2 is no weight
        ("br;q=, gzip", "gzip"),
        ("br;q=0.1234, gzip;q=0.1", "gzip"),  # four decimals are no weight
        ("br;level=4, gzip", "gzip"),
        (",, ,gzip,", "gzip"),
        ("gzip br", IDENTITY),  # not a token
        ("gzip;q=0.5, gzip;q=0", IDENTITY),
        ("é, gzip", "gzip"),
    ],
)
def test_coding_is_chosen_by_weight_then_by_our_order(
    accept: str | None, expected: str | None
) -> None:
    assert choose_coding(accept, BOTH) == expected


def test_star_makes_no_coding_of_what_is_not_there() -> None:
    assert choose_coding("br, *;q=0.1", ("gzip",)) == "gzip"
    assert choose_coding("gzip", ()) == IDENTITY


@pytest.mark.parametrize(
    ("field", "weak", "strong"),
    [
        ('"abc"', True, True),
        ('W/"abc"', True, False),
        ("*", True, True),
        (" * ", True, True),
        ('"x", W/"y", "abc"', True, True),
        ('"x",W/"abc","z"', True, False),
        (', ,"abc"', True, True),
        ('"a,b", "abc"', True, True),
        ('w/"abc"', False, False),  # W is case-sensitive
        ('"ABC"', False, False),
        ("abc", False, False),
        ('"ab', False, False),
        ('"x" "abc"', False, False),
        ('"x"y"abc"', False, False),
        ("", False, False),
        ('"x", *', False, False),
        ('"abc-gzip"', False, False),
    ],
)
def test_entity_tags_compare_weakly_and_strongly(field: str, weak: bool, strong: bool) -> None:
    assert matches_weakly(field, '"abc"') is weak
    assert matches_strongly(field, '"abc"') is strong


def test_what_is_as_long_as_an_attack_is_read_to_a_limit() -> None:
    assert not matches_weakly('"x",' * 3000 + '"abc"', '"abc"')
    assert choose_coding("x," * 5000 + "gzip", BOTH) == IDENTITY


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
        ("Sun Nov  6 08:49:37 1994", 784111777),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1483228799),
        ("Tuesday, 31-Dec-69 00:00:00 GMT", 3155673600),
        ("Thursday, 01-Jan-70 00:00:00 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:61 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 25:49:37 GMT", None),
        ("784111777", None),
        ("", None),
        ("0", None),
    ],
)
def test_dates_are_read_in_three_forms(field: str, expected: int | None) -> None:
    assert parse_http_date(field) == expected


_NONE = Unsatisfiable.RANGE


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=0-", (0, 99)),
        ("bytes=99-", (99, 99)),
        ("bytes=99-99", (99, 99)),
        ("bytes=10-19", (10, 19)),
        ("bytes=10-1000", (10, 99)),
        ("bytes=-1", (99, 99)),
        ("bytes=-100", (0, 99)),
        ("bytes=-1000", (0, 99)),
        ("BYTES=0-1", (0, 1)),
        ("bytes= 0-1 ", (0, 1)),
        ("bytes=000000000000000000000000000001-2", (1, 2)),
        ("bytes=0-" + "9" * 5000, (0, 99)),
        ("bytes=100-", _NONE),
        ("bytes=100-200", _NONE),
        ("bytes=" + "9" * 5000 + "-", _NONE),
        ("bytes=-0", _NONE),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=20-10", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("bytes=0-1;", None),
        ("bytes=٣-٤", None),  # digits, but not ASCII's
        ("items=0-1", None),
        ("0-1", None),
    ],
)
def test_a_single_range_is_read(
    field: str, expected: tuple[int, int] | Unsatisfiable | None
) -> None:
    assert parse_range(field, 100) == expected


def test_ranges_of_an_empty_file() -> None:
    assert parse_range("bytes=0-", 0) is Unsatisfiable.RANGE
    assert parse_range("bytes=-1", 0) is None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("static.example.com", True),
        ("STATIC.example.com:8000", True),
        ("static.example.com.", True),
        ("cdn.example.org", True),
        ("cdn.example.org:443", True),
        ("xcdn.example.org", False),
        ("cdn.example.org.evil.com", False),
        ("static.", False),
        ("static", False),
        ("", False),
        (None, False),
    ],
)
def test_hosts_match_exactly_or_by_prefix(host: str | None, expected: bool) -> None:
    assert is_host_served(host, ("static.", "cdn.example.org")) is expected


def test_host_loses_port_and_brackets() -> None:
    assert split_host("[::1]:8000") == "::1"
    assert split_host("LOCALHOST:80") == "localhost"


def test_control_characters_around_a_weight_are_no_white_space() -> None:
    assert choose_coding("gzip;q=\x1e0.5", ("gzip",)) == IDENTITY
    assert choose_coding("gzip;q=\x1e0.5, br ; q=0.5", ("gzip", "br")) == "br"
