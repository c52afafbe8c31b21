"""How much memory a build takes: its own process, and what works in processes beside it.

Run ``python -m benchmarks memory``. The tree of benchmarks.compile (2,100 outputs), a script and a
style sheet of 20 MB, each cold. ``own`` is the peak of the process that the user started. ``beside``
is that of the largest process it started, where compilers and minifiers work; ``minifier`` is the
same minifier on the same text, alone in a process that does nothing else. All by the kernel's
VmHWM, which counts pages of libraries too. Linux only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.compile import lay
from benchmarks.ratio import Ratio, print_table
from benchmarks.registry import fetch_npm

LARGE_BYTES = 20_000_000
TARGET_MB = 150.0
_PEAK = """
import re
def peak_mb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
"""
# a child's peak since it was forked is all that the kernel keeps: the largest of all children
_BUILD = f"""
import atexit, json, resource, runpy, sys
{_PEAK}
def report():
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps([peak_mb(), children]))
atexit.register(report)
sys.argv = ["assetbuild", *sys.argv[1:]]
runpy.run_module("assetbuild", run_name="__main__")
"""
_MINIFIER = f"""
import json, sys
{_PEAK}
text = open(sys.argv[1], encoding="utf-8").read()
if sys.argv[1].endswith(".js"):
    import minify
    minify.string("text/javascript", text)
else:
    import rcssmin
    rcssmin.cssmin(text, keep_bang_comments=True)
print(json.dumps([peak_mb()]))
"""


def ratios() -> Iterator[Ratio]:
    """Measure each; the peer is the minifier alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree = folder / "tree"
        tree.mkdir()
        lay(tree)
        own, _ = _measure(_BUILD, *_compile(tree))
        yield _own("2,100 outputs, cold", own)
        for file, text in (("large.js", _large_script()), ("large.css", _large_sheet())):
            project = folder / file.replace(".", "-")
            (project / "assets").mkdir(parents=True)
            path = project / "assets" / file
            path.write_text(text)
            # what the compressors take is theirs
            (project / "assetbuild.toml").write_text('[variants]\nprofile = "off"\n')
            own, beside = _measure(_BUILD, *_compile(project))
            (alone,) = _measure(_MINIFIER, str(path))
            yield _own(f"{file} of 20 MB, cold", own)
            yield Ratio(
                what=f"{file} of 20 MB: the process beside",
                ours=beside,
                peer=alone,
                peer_name="the minifier alone",
                unit="MB",
            )


def _own(what: str, own_mb: float) -> Ratio:
    return Ratio(
        what=f"{what}: its own process",
        ours=own_mb,
        peer=TARGET_MB,
        peer_name="the target",
        unit="MB",
        target=1.0,
    )


def _compile(project: Path) -> list[str]:
    return ["compile", "--project", str(project), "--cache-dir", str(project.parent / "cache")]


def _measure(code: str, *arguments: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _large_script() -> str:
    parts = [
        (fetch_npm("d3", "7.9.0") / "dist/d3.js").read_text(),
        (fetch_npm("jquery", "3.7.1") / "dist/jquery.js").read_text(),
    ]
    text = "\n".join([*parts, ""])
    return text * (LARGE_BYTES // len(text) + 1)


def _large_sheet() -> str:
    text = (fetch_npm("bootstrap", "5.3.8") / "dist/css/bootstrap.css").read_text()
    text = text[: text.rindex("/*# sourceMappingURL")]
    return text * (LARGE_BYTES // len(text) + 1)


if __name__ == "__main__":
    print_table(ratios())
