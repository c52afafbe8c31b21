"""Our CSS minifier on style sheets that others wrote to break minifiers and parsers.

rcssmin's own cases say what the result is; of the others another parser (tinycss2) tells whether the
minified and the joined style sheet hold the same tokens as the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assetbuild.assets.bundles.css import join_css
from assetbuild.assets.bundles.part import Part
from assetbuild.assets.minify.css import minify_css
from assetbuild.paths import LogicalPath
from benchmarks.registry import fetch_npm, fetch_sdist
from conformance.suite import Tally, css_values, first_difference

TITLE = "CSS minified and joined"
SOURCE = "PyPI rcssmin 1.3.0 (tests), npm postcss-parser-tests 8.10.0"
KNOWN: Mapping[str, str] = {
    "main/url_03": "we keep the white space in a quoted url(): it is part of the file's name",
    "postcss/semicolons minified": "semicolons of nothing are left out",
}


def run(tally: Tally) -> None:
    """Compare results with rcssmin's, meanings with the sources of postcss's cases."""
    tests = fetch_sdist("rcssmin", "1.3.0") / "tests"
    for folder in ("main", "yui"):
        for path in sorted((tests / folder).glob("*.css")):
            wanted = tests / folder / "out" / f"{path.stem}.out.b"
            if wanted.is_file():
                _check_result(tally, path, wanted)
    for path in sorted((fetch_npm("postcss-parser-tests", "8.10.0") / "cases").glob("*.css")):
        text = path.read_text("utf-8")
        wanted_values = css_values(text)
        ours = css_values(minify_css(text))
        detail = first_difference(ours, wanted_values)
        tally.check(f"postcss/{path.stem} minified", ours == wanted_values, detail)
        joined = join_css(
            [Part(logical=LogicalPath("a.css"), text=text, source="a.css")],
            output=LogicalPath("b.css"),
        )
        ours = css_values(joined.text)
        wanted_values = css_values(text.replace('@charset "utf-8";', ""))
        detail = first_difference(ours, wanted_values)
        tally.check(f"postcss/{path.stem} joined", ours == wanted_values, detail)


def _check_result(tally: Tally, path: Path, wanted: Path) -> None:
    text = path.read_bytes().decode("latin-1")
    expected = wanted.read_bytes().decode("latin-1").strip()
    ours = minify_css(text).strip()
    case = f"{path.parent.name}/{path.stem}"
    tally.check(case, ours == expected, f"{ours!r} for {expected!r}"[:300])
