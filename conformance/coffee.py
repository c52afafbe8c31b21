"""CoffeeScript's own test suite, compiled here and by the official compiler in node."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError
from benchmarks.registry import fetch_npm, npm_tool
from conformance.sources import Compiler, open_compiler, run_node
from conformance.suite import Tally

TITLE = "CoffeeScript 1 and 2"
SOURCE = "npm coffee-script 0.9.6 (tests), codo 2.1.2, hubot 2.19.0"
KNOWN: Mapping[str, str] = {}

# the newest package of it that ships its tests is 0.9.6; each is compiled by both compilers
_PACKAGES = (("coffee-script", "0.9.6"), ("codo", "2.1.2"), ("hubot", "2.19.0"))
_ASK = r"""
const fs = require("fs"), path = require("path");
const coffee = require(process.argv[1]);
const all = {};
for (const name of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const text = fs.readFileSync(name, "utf8").replace(/\r\n/g, "\n");
  const literate = /\.(litcoffee|coffee\.md)$/.test(name);
  try { all[name] = coffee.compile(text, { bare: true, literate, filename: path.basename(name) }); }
  catch (failure) { all[name] = { line: failure.location ? failure.location.first_line + 1 : null }; }
}
process.stdout.write(JSON.stringify(all));
"""


def run(tally: Tally) -> None:
    """Compile every file with both versions; the text, or the line of the error, is the same."""
    with open_compiler() as compiler:
        for version, exact in (("1", "1.12.7"), ("2", "2.7.0")):
            package = npm_tool("coffeescript", exact, program="coffee").parent.parent
            for name, of in _PACKAGES:
                folder = fetch_npm(name, of)
                files = sorted(
                    str(path)
                    for ending in ("coffee", "litcoffee")
                    for path in folder.rglob(f"*.{ending}")
                    if len(path.relative_to(folder).parts) > 1 and path.name[0] != "."
                )
                answers = run_node(_ASK, str(package / "coffeescript"), given=list(files))
                for file, wanted in answers.items():
                    logical = Path(file).relative_to(folder).as_posix()
                    made = _compile(compiler, folder, logical, version)
                    tally.check(f"{version}/{name}/{logical}", made == wanted, f"{made}"[:200])


def _compile(compiler: Compiler, folder: Path, logical: str, version: str) -> object:
    """Return the text, or the line of the error, as the official compiler's answer has it."""
    try:
        made = compiler.compile(folder, logical, {"version": version, "bare": True})
    except AssetbuildError as failure:
        where = failure.diagnostics[0].location
        return {"line": where.line if where is not None else None}
    return made.content.decode()
