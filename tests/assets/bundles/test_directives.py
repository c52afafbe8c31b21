"""Sprockets' directives: which are read, and the order they make."""

from __future__ import annotations

import pytest

from assetbuild.assets.bundles.directives import (
    expand_directives,
    has_directives,
    parse_directives,
)
from assetbuild.diagnostics import AssetbuildError
from assetbuild.paths import LogicalPath as P


def expand(files: dict[str, str], entry: str) -> list[str]:
    outputs = [P(one) for one in files]
    return list(expand_directives(P(entry), outputs=outputs, read=lambda one: files[one]))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("//= require a\n//= require_tree .\n", [("require", "a"), ("require_tree", ".")]),
        ("/*\n *= require a\n *= require_self\n */\na{}", [("require", "a"), ("require_self", "")]),
        ("/*= require a */\na{}", [("require", "a")]),
        ("#= require a\n# note\n#= require 'b'\nx = 1", [("require", "a"), ("require", "b")]),
        ('// note\n\n//= require "a b"\r\nx()', [("require", "a b")]),
        ("x()\n//= require a", []),
        ("//= unknown a\n//=require a", [("require", "a")]),
        ("// = require a", []),
        ("//= require; a\n//= require*/\n", [("require", "")]),
        ("/*= require a*/ \r\n", [("require", "a")]),
        ("//= require */ a", [("require", "*/ a")]),
    ],
)
def test_read(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.argument) for one in parse_directives(text)] == found


def test_a_line_of_white_space_takes_no_time() -> None:
    # a quadratic search takes minutes
    assert parse_directives("//= require a" + " " * 200_000 + "b;\n")[0].name == "require"


def test_only_what_joins_counts() -> None:
    assert has_directives("//= require a")
    assert not has_directives("//= require_self\n//= link a.js\n")


def test_order_and_each_once() -> None:
    files = {
        "app.js": "//= require lib/b\n//= require_self\n//= require_tree ./parts\n",
        "lib/b.js": "//= require ./a\n",
        "lib/a.js": "",
        "parts/z.js": "//= require lib/a",
        "parts/y/x.js": "",
        "parts/a.js": "",
        "parts/a.css": "",
    }
    assert expand(files, "app.js") == [
        "lib/a.js",
        "lib/b.js",
        "app.js",
        "parts/a.js",
        "parts/y/x.js",
        "parts/z.js",
    ]


def test_require_directory_does_not_go_down_and_index_files_are_found() -> None:
    files = {
        "app.css": "/*\n *= require_directory .\n *= require lib\n */",
        "b.css": "",
        "c/d.css": "",
        "lib/index.css": "",
    }
    assert expand(files, "app.css") == ["b.css", "lib/index.css", "app.css"]


def test_a_stub_takes_out_what_it_requires() -> None:
    files = {
        "app.js": "//= require_tree .\n//= stub b\n",
        "a.js": "",
        "b.js": "//= require c",
        "c.js": "",
    }
    assert expand(files, "app.js") == ["a.js", "app.js"]


def test_a_cycle_ends() -> None:
    files = {"a.js": "//= require b", "b.js": "//= require a"}
    assert expand(files, "a.js") == ["b.js", "a.js"]


def test_every_missing_file_is_told_with_the_nearest() -> None:
    files = {"app.js": "//= require jqery\n//= require ./no\n", "jquery.js": ""}
    with pytest.raises(AssetbuildError) as caught:
        expand(files, "app.js")
    first, second = caught.value.diagnostics
    assert (first.code, first.hint) == ("bundle/unresolved", 'did you mean "jquery.js"?')
    assert first.location is not None
    assert (first.location.line, first.location.column) == (1, 1)
    assert second.location is not None
    assert second.location.line == 2
