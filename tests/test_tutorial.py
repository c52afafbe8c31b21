"""The tutorial does what it says: its files are written and its commands run, in order, in an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.reference import ROOT

FENCE = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"export (\w+)=(.*)")


def as_pattern(shown: str) -> re.Pattern[str]:
    """Return shown output as a pattern: a line of ``…`` is any number of lines, ``…`` inside one any text."""
    lines = [
        r"(?:.*\n)*?" if one == "…" else re.escape(one).replace("…", r"[^\n]*") + r"\n"
        for one in shown.splitlines()
    ]
    return re.compile("".join(lines))


def commands_of(block: str) -> Iterator[tuple[str, str]]:
    """Yield each ``$ command`` of a console block with the output shown under it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


@pytest.mark.network
def test_every_command_of_the_tutorial_prints_what_the_page_shows(tmp_path: Path) -> None:
    page = (ROOT / "docs/tutorial/first-app.md").read_text("utf-8")
    bin_folder = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C"}
    bash = shutil.which("bash")
    assert bash is not None
    ran = 0
    for kind, word, block in FENCE.findall(page):
        if kind == "console":
            for command, shown in commands_of(block):
                if export := EXPORT.fullmatch(command):
                    env[export[1]] = export[2].strip('"').replace("$PWD", str(tmp_path))
                    continue
                done = subprocess.run(
                    [bash, "-c", command],
                    cwd=tmp_path,
                    env=env,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                assert (done.returncode != 0) == (word == "fails"), f"{command}\n{done.stdout}"
                assert as_pattern(shown).fullmatch(done.stdout), f"{command}\n{done.stdout}"
                ran += 1
        elif word:
            path = tmp_path / word
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block, encoding="utf-8")
    assert ran > 10
