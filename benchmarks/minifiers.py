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
from collections.abc import Callable
from pathlib import Path

import rjsmin

from assetbuild.assets.minify.js import minify_js
from benchmarks.registry import cache_folder, fetch_npm

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


def npm_tool(name: str, version: str) -> Path:
    """Return the program of an npm package, installed once into the benchmarks' cache."""
    folder = cache_folder() / "tools" / f"{name}-{version}"
    program = folder / "node_modules/.bin" / name
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        argv = ["npm", "install", "--silent", "--prefix", str(folder), f"{name}@{version}"]
        subprocess.run(argv, check=True, cwd=folder)
    return program


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


def main() -> None:
    """Print one row a minifier, over all files."""
    terser, esbuild = npm_tool("terser", "5.44.0"), npm_tool("esbuild", "0.25.12")
    tools: dict[str, Callable[[str], str]] = {
        "tdewolff-minify (assetbuild)": minify_js,
        "rjsmin": lambda text: str(rjsmin.jsmin(text)),
        "esbuild --minify": lambda text: run_tool([str(esbuild), "--minify"], text),
        "terser -c -m": lambda text: run_tool([str(terser), "-c", "-m"], text),
    }
    texts = {
        package: (fetch_npm(package, version) / path).read_text("utf-8")
        for package, version, path in FILES
    }
    print(f"{len(texts)} files, {sum(map(len, texts.values())) / 1e6:.1f} MB\n")
    print("| minifier | bytes | gzip | seconds | node reads |")
    print("|---|---|---|---|---|")
    for name, minify in tools.items():
        size = packed = good = 0
        seconds: list[float] = []
        for _round in range(ROUNDS):
            started = time.monotonic()
            made = [minify(text) for text in texts.values()]
            seconds.append(time.monotonic() - started)
        for text in made:
            size += len(text.encode())
            packed += len(gzip.compress(text.encode(), mtime=0))
            good += is_readable(text)
        middle = statistics.median(seconds)
        print(f"| {name} | {size} | {packed} | {middle:.2f} | {good} of {len(made)} |", flush=True)


if __name__ == "__main__":
    main()
