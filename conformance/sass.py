"""sass-spec, of the year in which libsass was the reference, through our SCSS language."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jsontype import Json
from benchmarks.registry import fetch_npm
from conformance.sources import open_compiler
from conformance.suite import Tally, css_values, first_difference

TITLE = "SCSS and Sass"
SOURCE = "npm sass-spec 3.5.4"
_OURS = "image-url() is ours: a reference from the asset roots"
KNOWN: Mapping[str, str] = dict.fromkeys(
    ("libsass/image-url", "libsass/mixin", "libsass/url"), _OURS
)
_ORDER = "libsass 3.6 writes the selectors of an extend in another order"
_ITSELF = "libsass 3.6 by itself does the same"
_OPTIONS: Mapping[str, Json] = {"implementation": "libsass", "precision": 5}  # sass-spec's own
_LEFT_OUT = "of another output style, or sass-spec says that libsass does not do it"


def run(tally: Tally) -> None:
    """Compile every case that libsass is meant to pass, in a process that may end."""
    spec = fetch_npm("sass-spec", "3.5.4") / "spec"
    waiting = []
    for path in sorted([*spec.rglob("input.scss"), *spec.rglob("input.sass")]):
        if _is_left_out(path.parent, spec):
            tally.skip(_LEFT_OUT)
        else:
            waiting.append(path)
    while waiting:
        done = _run_some(tally, waiting, spec)
        if done < len(waiting):
            case = waiting[done].parent.relative_to(spec).as_posix()
            tally.check(case, False, "the compiler ended its process")
        waiting = waiting[done + 1 :]


def _run_some(tally: Tally, paths: Sequence[Path], spec: Path) -> int:
    """Try the cases in a process; return how many it told of before it ended."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_work, args=(paths, theirs))
    process.start()
    theirs.close()
    done = 0
    try:
        while True:
            is_good, detail, reason = ours.recv()
            case = paths[done].parent.relative_to(spec).as_posix()
            tally.check(case, is_good, detail, reason=reason)
            done += 1
    except EOFError:
        process.join()
    return done


def _work(paths: Sequence[Path], answers: Connection) -> None:
    # libsass prints what is deprecated in its own way
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with open_compiler() as compiler:
        for path in paths:
            folder = path.parent
            wanted = folder / "expected_output-libsass.css"
            wanted = wanted if wanted.is_file() else folder / "expected_output.css"
            status = folder / "status"
            fails = status.is_file() and status.read_text().strip() not in {"", "0"}
            try:
                made = compiler.compile(folder.parent, f"{folder.name}/{path.name}", _OPTIONS)
            except AssetbuildError as failure:
                reason = "" if _compile_plainly(path) else _ITSELF
                answers.send((fails, str(failure)[:300], reason))
                continue
            if fails or not wanted.is_file():
                answers.send((False, "compiled what must fail", ""))
                continue
            ours = css_values(made.content.decode())
            theirs = css_values(wanted.read_text("utf-8"))
            reason = ""
            if ours != theirs and sorted(ours) == sorted(theirs):
                reason = _ORDER
            elif ours != theirs and css_values(_compile_plainly(path)) == ours:
                reason = _ITSELF
            answers.send((ours == theirs, first_difference(ours, theirs), reason))


def _compile_plainly(path: Path) -> str:
    """Return what libsass alone makes of a file; "" where it refuses."""
    import sass

    try:
        return str(sass.compile(filename=str(path), precision=5, output_style="expanded"))
    except sass.CompileError:
        return ""


def _is_left_out(folder: Path, spec: Path) -> bool:
    # output_styles repeats other cases in styles that are the minifier's here
    first = folder.relative_to(spec).parts[0]
    if first in {"libsass-todo-issues", "libsass-todo-tests", "output_styles"}:
        return True
    at = folder
    while at != spec.parent:
        options = at / "options.yml"
        if options.is_file():
            words = options.read_text("utf-8").replace("warning_todo", "").split()
            if (":todo:" in words or ":ignore_for:" in words) and "libsass" in words:
                return True
            if any(one.startswith(":start_version") for one in words) and "'4.0'" in words:
                return True
        at = at.parent
    return False
