from __future__ import annotations

import textwrap

import yaml

from assetbuild.buildpacks.tap import TestedPack, render_tap


def test_every_pack_is_a_line_and_a_failure_brings_its_last_lines() -> None:
    tested = [
        TestedPack(name="Node.js #1", exit_code=0),
        TestedPack(name="copy", exit_code=None),
        TestedPack(name="Python", exit_code=2, tail=("  one", "", "\x1b[31mtwo: 3\x1b[0m")),
    ]
    assert render_tap(tested) == (
        "TAP version 14\n"
        "1..3\n"
        "ok 1 - Node.js \\#1\n"
        "ok 2 - copy # SKIP it has no bin/test\n"
        "not ok 3 - Python\n"
        "  ---\n"
        "  message: exit code 2\n"
        "  last-lines: |2\n"
        "      one\n"
        "\n"
        "    two: 3\n"
        "  ...\n"
    )


def test_the_last_lines_are_read_back_by_a_yaml_reader() -> None:
    text = render_tap([TestedPack(name="x", exit_code=1, tail=("   File 1", "Error: a\tb", "…"))])
    block = textwrap.dedent(text.split("  ---\n")[1].split("  ...\n")[0])
    assert yaml.safe_load(block) == {
        "message": "exit code 1",
        "last-lines": "   File 1\nError: a\tb\n…\n",
    }


def test_no_pack_is_a_skipped_plan() -> None:
    assert render_tap([]) == "TAP version 14\n1..0 # SKIP no pack has a bin/test\n"
