"""sass-spec, of the year in which libsass was the reference, through our SCSS language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError
from benchmarks.registry import fetch_npm
from conformance.sources import open_compiler
from conformance.suite import Tally, css_values, first_difference

TITLE = "SCSS and Sass"
SOURCE = "npm sass-spec 3.5.4"
KNOWN: Mapping[str, str] = {}


def run(tally: Tally) -> None:
    """Compile every case that libsass is meant to pass."""
    spec = fetch_npm("sass-spec", "3.5.4") / "spec"
    with open_compiler() as compiler:
        for path in sorted([*spec.rglob("input.scss"), *spec.rglob("input.sass")]):
            folder = path.parent
            case = folder.relative_to(spec).as_posix()
            if _is_left_out(folder, spec):
                tally.skip("of another output style, or sass-spec says that libsass does not do it")
                continue
            wanted = folder / "expected_output-libsass.css"
            wanted = wanted if wanted.is_file() else folder / "expected_output.css"
            status = folder / "status"
            fails = status.is_file() and status.read_text().strip() not in {"", "0"}
            try:
                made = compiler.compile(folder.parent, f"{folder.name}/{path.name}")
            except AssetbuildError as failure:
                tally.check(case, fails, str(failure)[:300])
                continue
            if fails or not wanted.is_file():
                tally.check(case, False, "compiled what must fail")
                continue
            ours = css_values(made.content.decode())
            theirs = css_values(wanted.read_text("utf-8"))
            tally.check(case, ours == theirs, first_difference(ours, theirs))


def _is_left_out(folder: Path, spec: Path) -> bool:
    # output_styles repeats other cases in styles that are the minifier's here
    first = folder.relative_to(spec).parts[0]
    if first in {"libsass-todo-issues", "libsass-todo-tests", "output_styles"}:
        return True
    at = folder
    while at != spec.parent:
        options = at / "options.yml"
        if options.is_file():
            text = options.read_text("utf-8")
            words = text.replace("warning_todo", "").split()
            if (":todo:" in words or ":ignore_for:" in words) and "libsass" in words:
                return True
            if any(one.startswith(":start_version") for one in words) and "'4.0'" in words:
                return True
        at = at.parent
    return False
