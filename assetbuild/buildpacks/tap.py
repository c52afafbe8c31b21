"""The summary of bin/test over all packs, as TAP (https://testanything.org/tap-version-14-specification.html).

In: how each pack's tests ended. Out: text. Refuses to run anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assetbuild.buildpacks.chain import explain_exit


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedPack:
    """How one pack's bin/test ended."""

    __test__ = False  # pytest: this is no test class

    name: str  # what its detect said, or its label
    exit_code: int | None  # None: it has no bin/test
    seconds: float = 0.0  # wall time
    tail: tuple[str, ...] = ()  # its last lines, where it failed

    @property
    def ok(self) -> bool:
        return self.exit_code in (0, None)


def render_tap(tested: Sequence[TestedPack]) -> str:
    """Return one TAP document: a line for each pack, the last lines of a failing one as YAML."""
    if not tested:
        return "TAP version 14\n1..0 # SKIP no pack has a bin/test\n"
    lines = ["TAP version 14", f"1..{len(tested)}"]
    for number, one in enumerate(tested, start=1):
        # a hash would begin a directive
        name = " ".join(one.name.split()).replace("\\", "\\\\").replace("#", "\\#")
        if one.exit_code is None:
            lines.append(f"ok {number} - {name} # SKIP it has no bin/test")
            continue
        lines.append(f"{'ok' if one.ok else 'not ok'} {number} - {name}")
        if not one.ok:
            lines += ["  ---", f"  message: {explain_exit(one.exit_code)}"]
            # 2: a first line that is indented itself would set the indent of all
            lines += ["  last-lines: |2", *(f"    {_plain(line)}".rstrip() for line in one.tail)]
            lines.append("  ...")
    return "\n".join(lines) + "\n"


def _plain(line: str) -> str:
    """Return a line without colours: YAML has no escape characters in a block."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)
