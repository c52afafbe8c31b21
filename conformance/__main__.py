"""Run what others wrote against assetbuild and print a table: ``make conformance``.

``python -m conformance [SUITE ...] [--write]``. The cases come from npm and PyPI, with the ordinary
clients, into a cache folder; node runs what is JavaScript. ``--write`` puts the table into
docs/explanation/conformance.md. Exit code 1: a case failed for a reason that no suite knows.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import sys
from pathlib import Path
from typing import cast

from conformance.suite import Suite, Tally

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "docs/explanation/conformance.md"
START, END = "<!-- table: python -m conformance --write -->", "<!-- end of the table -->"
_OWN = {"__main__", "suite", "sources"}


def list_suites() -> list[str]:
    """Return the names of the suites, sorted."""
    return [one.name for one in pkgutil.iter_modules([str(FOLDER)]) if one.name not in _OWN]


def format_row(suite: Suite, tally: Tally) -> str:
    """Return the line of the table."""
    failed = tally.cases - tally.passed
    return f"| {suite.TITLE} | {suite.SOURCE} | {tally.cases} | {tally.passed} | {failed} |"


def format_reasons(suite: Suite, tally: Tally) -> list[str]:
    """Return one line a reason why cases failed or were left out."""
    lines = []
    for reason, cases in tally.failed.items():
        shown = ", ".join(f"`{one}`" for one in sorted(cases)[:3])
        more = f" and {len(cases) - 3} more" if len(cases) > 3 else ""
        lines.append(f"- {suite.TITLE}: {len(cases)} × {reason} ({shown}{more})")
    for reason, count in tally.skipped.items():
        lines.append(f"- {suite.TITLE}: {count} not tried: {reason}")
    return lines


def main(arguments: list[str]) -> int:
    """Run the suites and print."""
    known = list_suites()
    names = [one for one in arguments if one != "--write"]
    is_written = len(names) < len(arguments)
    for name in names:
        if name not in known:
            print(f'no suite is called "{name}"; there are: {", ".join(known)}', file=sys.stderr)
            return 2
    if is_written and names:
        print("--write puts the whole table: name no suite", file=sys.stderr)
        return 2
    if shutil.which("node") is None:
        print("needs node and npm on PATH (Debian: apt-get install nodejs npm)", file=sys.stderr)
        return 2
    rows = ["| what | cases of | cases | passed | failed |", "|---|---|---|---|---|"]
    reasons: list[str] = []
    bad = 0
    print("\n".join(rows), flush=True)
    for name in names or known:
        suite = cast(Suite, importlib.import_module(f"conformance.{name}"))
        tally = Tally(known=suite.KNOWN)
        suite.run(tally)
        rows.append(format_row(suite, tally))
        print(rows[-1], flush=True)
        reasons += format_reasons(suite, tally)
        for case, detail in tally.unexplained.items():
            print(f"  {case}: {detail}", file=sys.stderr)
        bad += len(tally.unexplained)
    print("\n" + "\n".join(reasons))
    if is_written:
        text = PAGE.read_text("utf-8")
        head, _, rest = text.partition(START)
        table = "\n".join([*rows, "", *reasons])
        PAGE.write_text(f"{head}{START}\n\n{table}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
