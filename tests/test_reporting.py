from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from assetbuild.diagnostics import Location, error, warning
from assetbuild.reporting import JsonReporter, TextReporter, is_coloured, write_output

ROOT = Path(__file__).parent.parent


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_heroku_form() -> None:
    stream = io.StringIO()
    reporter = TextReporter(stream, env={}, is_heroku=True)
    reporter.step("Building assets")
    reporter.detail("one\ntwo")
    reporter.diagnostic(error("a/b", "no", hint="do"))
    assert stream.getvalue() == (
        "-----> Building assets\n       one\n       two\n !     a/b: no\n !       hint: do\n"
    )


def test_quiet_shows_errors_only() -> None:
    stream = io.StringIO()
    reporter = TextReporter(stream, env={}, verbosity=-1)
    reporter.step("x")
    reporter.detail("x")
    reporter.diagnostic(warning("a/w", "x"))
    reporter.diagnostic(error("a/e", "x"))
    assert stream.getvalue() == "a/e: x\n"


def test_colour_only_on_a_terminal_without_no_color() -> None:
    for env, expected in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        stream = Terminal()
        TextReporter(stream, env=env).diagnostic(error("a/b", "x"))
        assert ("\x1b[" in stream.getvalue()) is expected


def test_progress_is_thinned_and_cleared_before_the_next_line() -> None:
    now = [0.0]
    stream = Terminal()
    reporter = TextReporter(stream, env={"NO_COLOR": "1"}, clock=lambda: now[0])
    for done in range(100):
        now[0] += 0.01
        reporter.progress(done, 100, "compiling")
    reporter.step("done")
    assert 5 < stream.getvalue().count("compiling") < 15
    assert stream.getvalue().endswith("\r\x1b[Kdone\n")


def test_progress_on_a_terminal_is_a_bar_and_gone_at_the_end() -> None:
    now = [0.0]
    stream = Terminal()
    reporter = TextReporter(stream, env={"NO_COLOR": "1"}, clock=lambda: now[0])
    for done in (6, 11):
        now[0] += 1
        reporter.progress(done, 12, "put")
    # however soon: what a framework's command prints next is not ours to clear for
    reporter.progress(12, 12, "put")
    half, most = "#" * 12 + "." * 12, "#" * 22 + ".."
    bars = f"\r\x1b[K  put [{half}] 6/12\r\x1b[K  put [{most}] 11/12"
    assert stream.getvalue() == f"{bars}\r\x1b[K"


def test_progress_in_ci_is_plain_lines() -> None:
    now = [0.0]
    stream = io.StringIO()
    reporter = TextReporter(stream, env={}, clock=lambda: now[0])
    for done in range(12):
        now[0] += 1
        reporter.progress(done, 12, "sending")
    assert stream.getvalue() == "  sending 4/12\n  sending 9/12\n"


def test_json_is_one_document_with_the_diagnostics() -> None:
    stream = io.StringIO()
    reporter = JsonReporter(stream)
    reporter.step("x")
    reporter.diagnostic(warning("a/w", "m", location=Location(file="f", line=2, column=3)))
    reporter.result({"ok": True})
    assert json.loads(stream.getvalue()) == {
        "diagnostics": [
            {
                "severity": "warning",
                "code": "a/w",
                "message": "m",
                "file": "f",
                "line": 2,
                "column": 3,
                "length": 1,
            }
        ],
        "result": {"ok": True},
    }


@pytest.mark.parametrize(
    ("env", "is_terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"CLICOLOR": "0"}, True, False),
        ({"CLICOLOR": "0", "FORCE_COLOR": "1"}, True, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_who_gets_colours(env: dict[str, str], *, is_terminal: bool, expected: bool) -> None:
    assert is_coloured(env, is_terminal=is_terminal) is expected


@pytest.mark.parametrize("is_heroku", [True, False])
def test_a_diagnostic_fits_80_columns_with_its_prefix(*, is_heroku: bool) -> None:
    stream = io.StringIO()
    hint = "write this or that " * 10 + "\nand so on"
    item = error("area/what", "this is a long message " * 10 + "\n" + "p" * 90, hint=hint)
    TextReporter(stream, env={}, is_heroku=is_heroku).diagnostic(item)
    lines = stream.getvalue().splitlines()
    # what a program printed stays whole
    assert [one.strip(" !") for one in lines if len(one) > 80] == ["p" * 90]
    assert len(lines) > 6


def test_a_reader_that_went_away_does_not_stop_the_work(tmp_path: Path) -> None:
    code = (
        "import os, sys; from assetbuild.reporting import TextReporter\n"
        "reporter = TextReporter(sys.stdout, env={})\n"
        "for _ in range(1000): reporter.step('x' * 1000)\n"
        f"open({str(tmp_path / 'end')!r}, 'w').close()"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.wait() == 0
    assert (tmp_path / "end").exists()


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "\\udce9 \u2026\n"), ("ascii", "\\udce9 \\u2026\n")]
)
def test_what_an_encoding_cannot_say_is_escaped(encoding: str, shown: str) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding)
    write_output("\udce9 \u2026", stream)
    assert written.getvalue().decode() == shown
