"""The fixtures of Django's staticfiles tests, built: what they say is rewritten is, and is there."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from assetbuild.assets.urls import relative_url
from benchmarks.registry import fetch_sdist
from benchmarks.trees import find_broken
from conformance.suite import Tally
from tests.support.builds import build, failing, output_of

TITLE = "Django's staticfiles fixtures"
SOURCE = "PyPI Django 5.2.8 (tests/staticfiles_tests)"
_MAP = "code stands after the sourceMappingURL comment, which voids it (ECMA-426); Django takes it"
KNOWN: Mapping[str, str] = {
    "cached/source_map.js names*": _MAP,
    "cached/source_map_trailing_whitespace.js names*": _MAP,
}

# output -> (outputs it names after Django's tests, what stays as it is)
_CASES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # local imports are put in, so the text names none
    "cached/styles.css": ((), ()),
    "cached/import.css": ((), ()),
    "cached/relative.css": (("cached/img/relative.png",), ()),
    "cached/absolute.css": (("cached/img/relative.png",), ()),
    "cached/url.css": ((), ("https://",)),
    "cached/css/window.css": (("cached/css/img/window.png",), ()),
    "cached/css/fragments.css": (
        ("cached/css/fonts/font.eot", "cached/css/fonts/font.svg"),
        ("?#iefix", "#webfontIyfZbseF", "#default#VML", "data:font/woff;"),
    ),
    "cached/css/ignored.css": ((), ("#foobar", "data:foobar", "//foobar", "http:foobar")),
    "cached/source_map.css": (("cached/source_map.css.map",), ()),
    "cached/source_map_tabs.css": (("cached/source_map.css.map",), ()),
    "cached/source_map_data_uri.css": ((), ("sourceMappingURL=data:application/json;",)),
    "cached/source_map.js": (("cached/source_map.js.map",), ()),
    "cached/source_map_trailing_whitespace.js": (("cached/source_map.js.map",), ()),
    "cached/source_map_data_uri.js": ((), ("sourceMappingURL=data:application/json;",)),
    "cached/module.js": (("cached/module_test.js", "absolute_root.js"), ()),
}
_TOML = '[assets]\nurl = "/static/"\n[variants]\nprofile = "off"\n[[rule]]\nglob = "**"\nmissing = "warn"\nminify = false\n'
_CONFIG = {"assetbuild.toml": _TOML}


def run(tally: Tally) -> None:
    """Build the documents, the loop, and the tree that names what is not there."""
    fixtures = fetch_sdist("Django", "5.2.8") / "tests/staticfiles_tests"
    with _lay(fixtures / "project/documents") as project:
        result = build(project, _CONFIG)
        entries = {str(one): entry for one, entry in result.manifest.entries.items()}
        tally.check("documents: no reference leads nowhere", not list(find_broken(result.output)))
        for logical, (rewritten, kept) in _CASES.items():
            text = output_of(result, logical).decode()
            for other in rewritten:
                url = relative_url(entries[other].hashed, logical)
                tally.check(f"{logical} names {other}", url in text, text[:200])
            for part in kept:
                tally.check(f"{logical} keeps {part}", part in text, text[:200])
            tally.check(f"{logical}: hashed", entries[logical].hashed != logical)
    with _lay(fixtures / "project/loop") as project:
        broken = list(find_broken(build(project, _CONFIG).output))
        tally.check("loop: builds, and every reference is there", not broken)
    for folder, code in (("faulty", "css/unresolved-url"), ("nonutf8", "language/not-utf8")):
        with _lay(fixtures / "project" / folder) as project:
            codes = [one.code for one in failing(project)]
            tally.check(f"{folder}: {code}", codes == [code], str(codes))
    with _lay(fixtures / "apps/test/static") as project:
        names = {str(one) for one in build(project, _CONFIG).manifest.entries}
        for wanted in ("test/⊗.txt", "test/%2F.txt", "test/nonascii.css", "test/vendor/module.js"):
            tally.check(f"app: {wanted}", wanted in names, str(sorted(names))[:200])


@contextlib.contextmanager
def _lay(source: Path) -> Iterator[Path]:
    """Make a project whose static folder is a copy."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(source, Path(name) / "app/static")
        yield Path(name) / "app"
