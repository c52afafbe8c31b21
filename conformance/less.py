"""LESS's own suite, compiled as the build compiles it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jsontype import Json
from benchmarks.registry import fetch_npm
from conformance.sources import Compiler, open_compiler
from conformance.suite import Tally, css_values, first_difference

TITLE = "LESS"
SOURCE = "npm @less/test-data 4.1.0"
_PACKAGES = "it imports npm packages that lie in less's own repository only"
KNOWN: Mapping[str, str] = {
    "_main/import-module": _PACKAGES,
    "_main/plugin-module": _PACKAGES,
    "_main/import-remote": "a build fetches nothing: imports of other hosts stay CSS",
    "process-imports/google": "imports of other hosts stay CSS; with that option less drops them",
    "_main/css-3": "less 4.2.2 itself leaves out an empty at-rule",
    "_main/functions": "it calls functions that less's own runner adds",
    "_main/urls": "image-size() needs a package of Node's",
    "_main/javascript": "JavaScript in a style sheet sees no `process`",
    "errors/parse/parse-error-with-import.less": "a missing import is told before the compiler runs",
}

# folder -> the options that less's own runner gives it
SETS: Mapping[str, dict[str, Json]] = {
    "_main": {"javascript": True, "rewrite-urls": "all"},
    "math/strict": {"math": "parens"},
    "math/parens-division": {"math": "parens-division"},
    "math/always": {"math": "always"},
    "namespacing": {},
    "units/strict": {"math": "parens", "strict-units": True},
    "units/no-strict": {"math": "always", "strict-units": False},
    "rewrite-urls-all": {"rewrite-urls": "all"},
    "rewrite-urls-local": {"rewrite-urls": "local"},
    "process-imports": {},
    "compression": {},
}
_PLACE = re.compile(r"on line (\d+), column (\d+)")


def run(tally: Tally) -> None:
    """Compile what has an expected style sheet; refuse what has an expected error."""
    data = fetch_npm("@less/test-data", "4.1.0")
    with open_compiler() as compiler:
        for name, options in SETS.items():
            for path in sorted((data / "less" / name).glob("*.less")):
                wanted = data / "css" / name / f"{path.stem}.css"
                if not wanted.is_file():
                    tally.skip("no expected output")
                    continue
                case = f"{name}/{path.stem}"
                try:
                    made = compiler.compile(data, f"less/{name}/{path.name}", options)
                except AssetbuildError as failure:
                    tally.check(case, False, str(failure)[:300])
                    continue
                ours = css_values(made.content.decode())
                theirs = css_values(wanted.read_text("utf-8"))
                tally.check(case, ours == theirs, first_difference(ours, theirs))
        for path in sorted((data / "errors").glob("*/*.less")):
            _check_error(tally, compiler, data, path.relative_to(data).as_posix())


def _check_error(tally: Tally, compiler: Compiler, data: Path, name: str) -> None:
    wanted = _PLACE.search((data / name).with_suffix(".txt").read_text("utf-8"))
    options: dict[str, Json] = {"math": "parens", "strict-units": True, "javascript": True}
    try:
        compiler.compile(data, name, options)
    except AssetbuildError as failure:
        where = failure.diagnostics[0].location
        line = str(where.line) if where is not None else ""
        is_good = wanted is None or line == wanted[1]
        tally.check(
            name, is_good, f"line {line} for {wanted[1] if wanted else ''}: {failure}"[:300]
        )
    else:
        tally.check(name, False, "compiled")
