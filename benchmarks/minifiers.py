"""Hold JavaScript minifiers against each other: size, time, and whether node still reads the result.

Run ``python -m benchmarks.minifiers``. Needs node, npm and `pip install rjsmin`.
Each tool minifies the same files one by one; esbuild and terser are timed as their users start
them, one process a file, with the start of an empty process taken off.
"""

from __future__ import annotations

import gzip
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import rjsmin

from assetbuild.assets.minify.js import minify_js
from benchmarks.ratio import Ratio, need_program
from benchmarks.registry import fetch_npm, npm_tool

FILES = (
    ("jquery", "3.7.1", "dist/jquery.js"),
    ("d3", "7.9.0", "dist/d3.js"),
    ("bootstrap", "5.3.8", "dist/js/bootstrap.js"),
    ("leaflet", "1.9.4", "dist/leaflet-src.js"),
    ("katex", "0.16.22", "dist/katex.js"),
    ("jquery-ui", "1.14.1", "dist/jquery-ui.js"),
    ("coffeescript", "2.7.0", "lib/coffeescript/grammar.js"),
    ("less", "4.2.2", "dist/less.js"),
)
ROUNDS = 3


def run_tool(argv: list[str], text: str) -> str:
    """Return what a program makes of a text."""
    done = subprocess.run(argv, input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode()


def is_readable(text: str) -> bool:
    """Tell whether node parses a script."""
    with tempfile.NamedTemporaryFile("w", suffix=".cjs") as file:
        file.write(text)
        file.flush()
        done = subprocess.run(["node", "--check", file.name], capture_output=True, check=False)
    return done.returncode == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one minifier made of all files."""

    name: str  # as its users call it
    size: int  # bytes
    packed: int  # bytes, each file gzipped
    seconds: float  # median of the rounds
    good: int  # files that node parses


def measure(name: str, minify: Callable[[str], str], texts: list[str]) -> Outcome:
    """Minify every text, ROUNDS times."""
    seconds: list[float] = []
    made: list[str] = []
    for _round in range(ROUNDS):
        started = time.monotonic()
        made = [minify(text) for text in texts]
        seconds.append(time.monotonic() - started)
    return Outcome(
        name=name,
        size=sum(len(text.encode()) for text in made),
        packed=sum(len(gzip.compress(text.encode(), mtime=0)) for text in made),
        seconds=statistics.median(seconds),
        good=sum(is_readable(text) for text in made),
    )


def outcomes() -> Iterator[Outcome]:
    """Yield what each minifier does, our own first."""
    need_program("npm")
    terser, esbuild = npm_tool("terser", "5.44.0"), npm_tool("esbuild", "0.25.12")
    tools: dict[str, Callable[[str], str]] = {
        "tdewolff-minify (assetbuild)": minify_js,
        "rjsmin": lambda text: str(rjsmin.jsmin(text)),
        "esbuild --minify": lambda text: run_tool([str(esbuild), "--minify"], text),
        "terser -c -m": lambda text: run_tool([str(terser), "-c", "-m"], text),
    }
    texts = [
        (fetch_npm(package, version) / path).read_text("utf-8") for package, version, path in FILES
    ]
    for name, minify in tools.items():
        yield measure(name, minify, texts)


def ratios() -> Iterator[Ratio]:
    """Compare sizes after gzip, and times, with every peer."""
    ours, *peers = outcomes()
    for peer in peers:
        name = f"{peer.name} ({peer.good} of {len(FILES)} parse)"
        yield Ratio(
            what="minified JavaScript, gzipped",
            ours=ours.packed,
            peer=peer.packed,
            peer_name=name,
            unit="bytes",
        )
        yield Ratio(
            what="minifying JavaScript", ours=ours.seconds, peer=peer.seconds, peer_name=name
        )


def main() -> None:
    """Print one row a minifier, over all files."""
    print("| minifier | bytes | gzip | seconds | node reads |")
    print("|---|---|---|---|---|")
    for one in outcomes():
        sizes = f"{one.size} | {one.packed} | {one.seconds:.2f}"
        print(f"| {one.name} | {sizes} | {one.good} of {len(FILES)} |", flush=True)


if __name__ == "__main__":
    main()
