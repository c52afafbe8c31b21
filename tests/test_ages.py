from __future__ import annotations

from datetime import timedelta

import pytest

from assetbuild.ages import parse_age


@pytest.mark.parametrize(("text", "hours"), [("30d", 720), ("12h", 12), ("90m", 1.5)])
def test_age_is_read(text: str, hours: float) -> None:
    assert parse_age(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "a month", "3", "-3d", "3.5d", "99999999d", "3 weeks"])
def test_what_is_no_age(text: str) -> None:
    assert parse_age(text) is None
