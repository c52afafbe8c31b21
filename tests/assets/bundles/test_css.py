"""Joined style sheets mean what their parts mean, and their maps lead back."""

from __future__ import annotations

import pytest

from assetbuild.assets.bundles.css import join_css
from assetbuild.assets.bundles.part import Joined, Part
from assetbuild.assets.resolve import Resolved, index_names, resolve_reference
from assetbuild.assets.sourcemaps.compose import Place, look_up
from assetbuild.assets.syntax.reference import Reference
from assetbuild.paths import LogicalPath as P


def join(files: dict[str, str], *entries: str, output: str = "css/all.css") -> Joined:
    names = index_names(P(one) for one in files)

    def part(name: str) -> Part:
        return Part(logical=P(name), text=files[name], source=f"assets/{name}")

    def load(url: str, owner: P) -> Part | None:
        found = resolve_reference(Reference(0, 1, url, "import", "css-string"), owner, names)
        return part(found.target) if isinstance(found, Resolved) else None

    return join_css([part(one) for one in entries], output=P(output), load=load, wants_map=True)


CASES: dict[str, tuple[dict[str, str], list[str], str]] = {
    "one below the other": ({"css/a.css": "a{}", "css/b.css": "b{}\n"}, ["a", "b"], "a{}\nb{}\n"),
    "charset first": (
        {"css/a.css": "a{}", "css/b.css": '@charset "utf-8";b{}'},
        ["a", "b"],
        '@charset "UTF-8";\na{}\nb{}\n',
    ),
    "imports of other hosts first": (
        {"css/a.css": "a{}", "css/b.css": "@import url(//h/x.css) screen;b{}"},
        ["a", "b"],
        '@import "//h/x.css" screen;\na{}\nb{}\n',
    ),
    "local import": (
        {"css/a.css": "@import 'b.css';a{}", "css/b.css": "b{}"},
        ["a"],
        "b{}\na{}\n",
    ),
    "with all conditions": (
        {
            "css/a.css": '@import url("b.css") layer(x.y) supports(display: grid) print, (width>1px);',
            "css/b.css": "b{}",
        },
        ["a"],
        "@media print, (width>1px) {@supports (display: grid) {@layer x.y {\nb{}\n}}}\n",
    ),
    "anonymous layer": (
        {"css/a.css": "@import url(b.css) layer;a{}", "css/b.css": "b{}"},
        ["a"],
        "@layer {\nb{}\n}\na{}\n",
    ),
    "supports that is no declaration": (
        {"css/a.css": "@import 'b.css' supports(not (a: b));", "css/b.css": "b{}"},
        ["a"],
        "@supports not (a: b) {\nb{}\n}\n",
    ),
    "nested": (
        {
            "css/a.css": "@import 'b.css' screen;a{}",
            "css/b.css": "@import 'c.css' layer(l);b{}",
            "css/c.css": "c{}",
        },
        ["a"],
        "@media screen {\n@layer l {\nc{}\n}\nb{}\n}\na{}\n",
    ),
    "another host below a condition": (
        {"css/a.css": "@import 'b.css' print;", "css/b.css": '@import "https://h/x.css" layer(l);'},
        ["a"],
        '@import "data:text/css,%40import%20%22https://h/x.css%22%20layer%28l%29%3B" print;\n'
        "@media print {\n}\n",
    ),
    "cycle": (
        {"css/a.css": "@import 'b.css';a{}", "css/b.css": "@import 'a.css';b{}"},
        ["a"],
        "b{}\na{}\n",
    ),
    "import that is not there": (
        {"css/a.css": "a{}", "css/b.css": "@import 'no.css';b{}"},
        ["a", "b"],
        '@import "no.css";\na{}\nb{}\n',
    ),
    "import after a rule is dead and stays": (
        {"css/a.css": "a{}@import 'b.css';", "css/b.css": "b{}"},
        ["a"],
        "a{}@import 'b.css';\n",
    ),
    "layer order before imports": (
        {"css/a.css": "@layer x, y;@import 'b.css' layer(y);", "css/b.css": "b{}"},
        ["a"],
        "@layer x, y;\n@layer y {\nb{}\n}\n@layer x, y;\n",
    ),
    "urls start in the new folder": (
        {"vendor/x/b.css": "b{c:url(img/i.png?v#f) url(/abs.png) url(#id) url(//h/i)}"},
        ["vendor/x/b.css"],
        "b{c:url(../vendor/x/img/i.png?v#f) url(/abs.png) url(#id) url(//h/i)}\n",
    ),
    "urls of an inlined import": (
        {"css/a.css": "@import '../lib/b.css';", "lib/b.css": "b{c:url('i.png')}"},
        ["a"],
        "b{c:url('../lib/i.png')}\n",
    ),
    "map comments and byte order marks go": (
        {"css/a.css": "\ufeffa{}/*# sourceMappingURL=a.map */", "css/b.css": "\ufeffb{}"},
        ["a", "b"],
        "a{}\nb{}\n",
    ),
    "open blocks and comments are closed": (
        {"css/a.css": "@media x{a{b:c", "css/b.css": "b{} /* open", "css/c.css": "c{}"},
        ["a", "b", "c"],
        "@media x{a{b:c\n}}\nb{} /* open\n*/\nc{}\n",
    ),
    "namespaces after imports": (
        {"css/a.css": "a{}", "css/b.css": "@namespace svg url(x);@import '//h/c.css';b{}"},
        ["a", "b"],
        '@import "//h/c.css";\n@namespace svg url(x);\na{}\nb{}\n',
    ),
    "empty": ({"css/a.css": "", "css/b.css": "b{}"}, ["a", "b"], "b{}\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_joined(name: str) -> None:
    files, entries, expected = CASES[name]
    found = join(files, *(one if "/" in one else f"css/{one}.css" for one in entries))
    assert found.text == expected


def test_the_map_leads_to_each_part_in_spite_of_hoisting_and_rebasing() -> None:
    files = {
        "css/a.css": '@charset "utf-8";\n@import "//h/x.css";\n@import "../lib/b.css" print;\na { c: d }',
        "lib/b.css": "b {\n  c: url(i.png); e: f\n}",
    }
    found = join(files, "css/a.css")
    assert found.source_map is not None
    lines = found.text.split("\n")
    for text, place in {
        "b {": Place("assets/lib/b.css", 0, 0, None),
        "  c: url": Place("assets/lib/b.css", 1, 0, None),
        "a { c": Place("assets/css/a.css", 3, 0, None),
    }.items():
        row = next(at for at, line in enumerate(lines) if line.startswith(text))
        assert look_up(found.source_map, row, 0) == place
    assert found.parts == (P("css/a.css"), P("lib/b.css"))
