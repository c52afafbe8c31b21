"""One changed leaf among 2,100 outputs, against nothing changed: the second build's own price.

Run ``python -m benchmarks leaf``. The tree of benchmarks.compile; one small script gets other bytes,
by turns with a run that finds nothing changed. Without variants, with them (the default), and as a
release makes them. The script's own compiling (the minifier loaded and called) is taken off, as the
target says. Seconds by the clock and of CPU, the middle of TURNS.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.compile import CONFIG, lay
from benchmarks.ratio import Ratio, print_table
from benchmarks.runs import children_cpu_s, compile_project, run_python, seconds_of

TURNS = 9
OWN = 'import minify; minify.string("text/javascript", "leaf( 1 );")'


def ratios() -> Iterator[Ratio]:
    """Measure each way; the peer is assetbuild with nothing changed."""
    minified, bare = (_spend(partial(run_python, "-c", code)) for code in (OWN, "pass"))
    own = [now - before for now, before in zip(minified, bare, strict=True)]
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
    build = partial(compile_project, project, project.parent / "cache", *options)
    script = project / "assets/js/leaf.js"
    script.write_text("leaf();\n")
    build()
    nothing: list[tuple[float, float]] = []
    leaf: list[tuple[float, float]] = []
    for turn in range(TURNS):
        time.sleep(0.1)  # times that are too young to be trusted are read again
        nothing.append(_spend(build))
        script.write_text(f"leaf({turn});\n")
        leaf.append(_spend(build))
    return _middle(nothing), _middle(leaf)


def _middle(rows: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(one[0] for one in rows), statistics.median(one[1] for one in rows)


def _spend(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds of one call that runs a process, by the clock and of CPU."""
    before = children_cpu_s()
    return seconds_of(work), children_cpu_s() - before


if __name__ == "__main__":
    print_table(ratios())
