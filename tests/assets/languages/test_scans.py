"""Imports are found by real tokens, in Sass, indented Sass and LESS."""

from __future__ import annotations

import pytest

from assetbuild.assets.languages.less_scan import scan_less
from assetbuild.assets.languages.sass_scan import scan_sass


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@import \"a\", 'b';", ["import a", "import b"]),
        ('@import "a"', ["import a"]),
        ('@import "a" screen, print; @import "b";', ["import b"]),
        ('@import "a.css", "http://x/y", "//x/y", "b";', ["import b"]),
        ("@import url(a), url('b');", []),
        ('@import "a#{$x}";', []),
        ('@use "a" as b; @forward "c" hide d;', ["use a", "forward c"]),
        ('@use /* x */ "a" with ($x: "@import \'no\'");', ["use a"]),
        ('/* @use "a"; */ // @use "b"\n@USE "c";', ["use c"]),
        (".a { b: url(//x/@import); c: \"@import 'd'\" }", []),
        (".a { b: url( 'x//y' ); @import \"e\" }", ["import e"]),
        ('.a { b: "#{"x"}"; @import "f" }', ["import f"]),
        ('@import "a\\62 c";', ["import abc"]),
        ('@import "a\\ffffff c";', ["import a\ufffdc"]),
        ("@imported 'a'; @use-x 'b';", []),
        ('@import\r\n  "a",\r\n  "b";\r\n', ["import a", "import b"]),
        ("/* never closed @use 'a'", []),
    ],
)
def test_scss(text: str, expected: list[str]) -> None:
    found = scan_sass(text, is_indented=False)
    assert [f"{one.rule} {one.target}" for one in found] == expected
    for one in found:
        assert text[one.offset] in "\"'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@import a, 'b', c/d\n", ["import a", "import b", "import c/d"]),
        ("// x\n  @import a\n@import b\n", ["import b"]),
        ("/* x\n  @use 'a'\n\n  y\n@use 'b'\r\n", ["use b"]),
        (".a\n  @import b\n", ["import b"]),
        ("@import a.css, url(x)\n@import b screen\n", []),
        ("@use 'sass:math'\n@forward 'x' // y\n", ["use sass:math", "forward x"]),
    ],
)
def test_indented(text: str, expected: list[str]) -> None:
    found = scan_sass(text, is_indented=True)
    assert [f"{one.rule} {one.target}" for one in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@import "a"; @import (reference, optional) \'b\'; @import url(c.less);', ["a", "b?", "c.less"]),
        ('@import "a.css"; @import (less) "b.css"; @import (css) "c"; @import (inline) "d.css";', ["b.css", "d.css"]),
        ('@import "http://x/y"; @import "//x"; @import "@{v}/z";', []),
        ('// @import "a";\n/* @import "b"; */ @c: "@import \'d\'"; @import "e" screen;', ["e"]),
        ('@plugin "p"; .a{b: url(//x/@import)}', ["p!"]),
        ('@import-once "a";', []),
    ],
)  # fmt: skip
def test_less(text: str, expected: list[str]) -> None:
    found = scan_less(text)
    marks = [f"{one.target}{'?' * one.is_optional}{'!' * one.is_plugin}" for one in found]
    assert marks == expected


def test_hostile_text_is_read_in_one_pass() -> None:
    text = "it's " + "#{a}" * 5_000 + "\n.a{b: url(" + "#{a}" * 5_000 + "\n@use 'x';"
    assert [one.target for one in scan_sass(text, is_indented=False)] == ["x"]
    assert scan_less("it's " * 5_000) == ()
