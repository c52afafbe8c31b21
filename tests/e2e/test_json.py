"""The report of a whole slug build, against docs/reference/json.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_json import Found, app, compare, run

__all__ = ["app"]  # a fixture


@pytest.mark.e2e
def test_a_build_report_is_as_the_page_says(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found: Found = {}
    out = str(app.parent / "out")
    run(found, capfd, app, "slug", "build", "--app", str(app), "--out", out, "--no-isolate")
    compare(found)
