"""The records of outputs on disk: what comes back, why an output was made anew, and damage."""

from __future__ import annotations

import json

import pytest

from assetbuild.assets.build.records import (
    FIRST,
    OutputRecord,
    find_made_of,
    parse_records,
    patch_records,
    update_records,
)
from assetbuild.assets.model import AbsentDep, Dep, FileDep, OptionDep, ToolDep
from assetbuild.paths import LogicalPath as P


def record(*deps: Dep, source: str = "assets/a.scss") -> OutputRecord:
    return OutputRecord(source=source, language="scss", deps=deps)


A, B = P("a.css"), P("b.css")
OWN, PART = FileDep("assets/a.scss", "11"), FileDep("assets/_p.scss", "22")
WHOLE = {A: record(OWN, PART, AbsentDep("assets/p.css"), ToolDep("libsass", "1")), B: record(OWN)}


def test_what_is_written_is_read_back() -> None:
    data = update_records(b"", WHOLE)
    assert parse_records(data) == WHOLE
    assert {one.reason for one in parse_records(data).values()} == {FIRST}
    assert find_made_of(data, "assets/_p.scss") == [A]
    assert find_made_of(data, "assets/a.scss") == [A, B]
    # what was looked for and not there made nothing
    assert find_made_of(data, "assets/p.css") == []


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ([FileDep("assets/a.scss", "12"), PART], '"assets/a.scss" changed'),
        ([OWN], '"assets/_p.scss" is read no longer'),
        ([OWN, PART, FileDep("x", "1")], '"x" is read now'),
        ([OWN, PART, OptionDep("minify", "true")], 'the option "minify" changed'),
        ([OWN, PART, ToolDep("libsass", "2")], "libsass 1 became 2"),
    ],
)
def test_the_reason_names_what_changed_and_stays_until_the_next(
    now: list[Dep], reason: str
) -> None:
    tools = [] if any(isinstance(one, ToolDep) for one in now) else [ToolDep("libsass", "1")]
    changed = {A: record(*now, *tools)}
    first = update_records(b"", {A: record(OWN, PART, ToolDep("libsass", "1"))})
    second = update_records(first, changed)
    assert parse_records(second)[A].reason == reason
    assert update_records(second, changed) == second
    assert patch_records(first, changed) == second


def test_some_rows_are_changed_as_when_all_are_written() -> None:
    before = update_records(b"", WHOLE)
    now = {B: record(PART)}
    assert patch_records(before, now) == update_records(before, {**WHOLE, **now})
    assert patch_records(before, {P("new.css"): record(OWN)}) is None
    assert patch_records(b"", now) is None


@pytest.mark.parametrize(
    "row",
    [
        3,
        ["s", "scss", "r", []],
        ["s", "scss", "r", {}, []],
        ["s", "scss", "r", [["file", "a"]], []],
        ["s", "scss", "r", [["folder", "a", "11"]], []],
        ["s", "scss", "r", [[["file"], "a", "11"]], []],
    ],
)
def test_records_that_cannot_be_read_are_none(row: object) -> None:
    document = json.loads(update_records(b"", WHOLE))
    document["outputs"][A] = row
    damaged = json.dumps(document).encode()
    assert parse_records(damaged) == {}
    assert parse_records(update_records(damaged, WHOLE)) == WHOLE
