"""Compile the same sources on each JavaScript engine, on one core, and compare bytes and time.

Run ``python -m benchmarks.engines``. Node is the measure; the ratios include starting each engine
and loading each compiler. Every engine must write the same bytes, maps and diagnostics.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from assetbuild.assets.engines.host import EngineHost, find_node
from assetbuild.assets.languages.base import CompileRequest, ImportSearch
from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.model import Source
from assetbuild.assets.tools.lock import pinned_tools
from assetbuild.assets.tools.model import Tool
from assetbuild.assets.tools.store import open_tool_store
from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from assetbuild.jsontype import Json
from assetbuild.paths import LogicalPath
from benchmarks.ratio import Missing, Ratio, print_table
from benchmarks.registry import fetch_npm

# title -> packages, what to compile below them, options, most files
SETS: Mapping[str, tuple[tuple[tuple[str, str], ...], str, dict[str, Json], int]] = {
    "CoffeeScript 2": (
        (("hubot", "2.19.0"), ("codo", "2.1.2"), ("batman", "0.14.1")),
        "**/*.coffee",
        {},
        120,
    ),
    "CoffeeScript 1": (
        (("hubot", "2.19.0"), ("codo", "2.1.2"), ("batman", "0.14.1")),
        "**/*.coffee",
        {"version": "1"},
        120,
    ),
    "LESS": (
        (("bootstrap", "3.4.1"), ("font-awesome", "4.7.0")),
        "**/less/[bf]o[on]t*[pe].less",
        {},
        2,
    ),
    "TypeScript": ((("rxjs", "7.8.1"),), "**/src/internal/**/*.ts", {}, 100),
}


def ratios() -> Iterator[Ratio]:
    """Measure every set on every engine that is here, against node."""
    env = dict(os.environ)
    if not find_node(env):
        raise Missing("needs node on PATH")
    store = open_tool_store(env)
    tools = store.fetch_all(pinned_tools())
    engines = ["v8"] if importlib.util.find_spec("py_mini_racer") else []
    engines.append("dukpy")
    for title, (packages, pattern, options, most) in SETS.items():
        files = [
            (folder, path)
            for folder in (fetch_npm(*package) for package in packages)
            for path in sorted(folder.glob(pattern))
        ][:most]
        base, digest = _compile_all(files, "node", tools, options, env)
        for engine in engines:
            seconds, other = _compile_all(files, engine, tools, options, env)
            end = "" if other == digest else ", BYTES DIFFER"
            what = f"{len(files)} {title} files in {engine}{end}"
            yield Ratio(what=what, ours=seconds, peer=base, peer_name="node")


def _compile_all(
    files: list[tuple[Path, Path]],
    engine: str,
    tools: Mapping[str, Tool],
    options: Mapping[str, Json],
    env: Mapping[str, str],
) -> tuple[float, str]:
    hasher = hashlib.sha256()
    started = time.perf_counter()
    with EngineHost(env) as host:
        for folder, path in files:
            logical = LogicalPath(path.relative_to(folder).as_posix())
            request = CompileRequest(
                source=Source(
                    logical=logical,
                    file=str(path),
                    display=logical,
                    language="",
                    sha256="",
                    size=0,
                ),
                content=path.read_bytes(),
                options=options,
                search=ImportSearch(project=str(folder), roots=(str(folder),)),
                tools=tools,
                engine=engine,
            )
            try:
                made = find_language(logical).compile(request, host)
                hasher.update(made.content + (made.source_map or b""))
            except AssetbuildError as failure:
                for item in failure.diagnostics:
                    hasher.update(render_diagnostic(item).encode())
    return time.perf_counter() - started, hasher.hexdigest()


if __name__ == "__main__":
    print_table(ratios())
