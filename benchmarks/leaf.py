"""One changed leaf among 2,100 outputs, against nothing changed: the second build's own price.

Run ``python -m benchmarks leaf``. The tree of benchmarks.compile; one small script gets other bytes,
by turns with a run that finds nothing changed. Without variants, with them (the default), and as a
release makes them. The script's own compiling (the minifier loaded and called) is taken off, as the
target says. Seconds by the clock and of CPU, the middle of TURNS.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.compile import CONFIG, lay
from benchmarks.ratio import Ratio, print_table

TURNS = 9
OWN = 'import minify; minify.string("text/javascript", "leaf( 1 );")'


def ratios() -> Iterator[Ratio]:
    """Measure each way; the peer is assetbuild with nothing changed."""
    own = [now - bare for now, bare in zip(_spend("-c", OWN), _spend("-c", "pass"), strict=True)]
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "app"
        project.mkdir()
        lay(project)
        default = CONFIG.removeprefix('[variants]\nprofile = "off"\n')
        for title, config, options in (
            ("without variants", CONFIG, ()),
            ("with variants", default, ()),
            ("--release", default, ("--release",)),
        ):
            (project / "assetbuild.toml").write_text(config)
            nothing, leaf = _take_turns(project, options)
            for index, unit in enumerate(("by the clock", "of CPU")):
                yield Ratio(
                    what=f"one leaf changed, {title}, {unit}",
                    ours=leaf[index] - own[index],
                    peer=nothing[index],
                    peer_name=f"nothing changed; beside its own compiling, {own[index]:.3f} s",
                    target=2.0,
                )


def _take_turns(
    project: Path, options: tuple[str, ...]
) -> tuple[tuple[float, float], tuple[float, float]]:
    argv = ["-m", "assetbuild", "compile", "--project", str(project)]
    argv += ["--cache-dir", str(project.parent / "cache"), *options]
    script = project / "assets/js/leaf.js"
    script.write_text("leaf();\n")
    _spend(*argv)
    nothing: list[tuple[float, float]] = []
    leaf: list[tuple[float, float]] = []
    for turn in range(TURNS):
        time.sleep(0.1)  # times that are too young to be trusted are read again
        nothing.append(_spend(*argv))
        script.write_text(f"leaf({turn});\n")
        leaf.append(_spend(*argv))
    return _middle(nothing), _middle(leaf)


def _middle(rows: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(one[0] for one in rows), statistics.median(one[1] for one in rows)


def _spend(*argv: str) -> tuple[float, float]:
    """Return the seconds of one call of this Python, by the clock and of CPU."""
    env = {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, started = os.times(), time.monotonic()
    subprocess.run([sys.executable, *argv], check=True, capture_output=True, env=env)
    after = os.times()
    cpu_s = after.children_user + after.children_system
    return time.monotonic() - started, cpu_s - before.children_user - before.children_system


if __name__ == "__main__":
    print_table(ratios())
