from __future__ import annotations

import pytest

from assetbuild.sizes import format_count, format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("90 kB", 90_000),
        ("90kb", 90_000),
        ("1.5 MiB", 1_572_864),
        ("200", 200),
        ("200 B", 200),
        ("2 GB", 2_000_000_000),
        ("", None),
        ("kB", None),
        ("-1 kB", None),
        ("1,5 kB", None),
        ("9 TB", None),
    ],
)
def test_parsing(text: str, size: int | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_940, "9.9 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (34_000_000, "34 MB"),
        (5_000_000_000_000, "5000 GB"),
        (-3000, "-3.0 kB"),
    ],
)
def test_formatting(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "no objects"), (1, "1 object"), (12_000, "12,000 objects")]
)
def test_counting(number: int, text: str) -> None:
    assert format_count(number, "object") == text
