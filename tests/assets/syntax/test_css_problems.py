"""What is told of broken style sheets, and that a quick look misses nothing of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.assets.syntax import css_problems
from assetbuild.assets.syntax.css_problems import CssProblem, find_css_problems

FINE = [
    "",
    "a{b:c}",
    '@import url("a.css") layer(x) supports(display: grid);',
    "a[href='}']{content:\"{\"}/* } */",
    "a{b:url( data:image/svg+xml;utf8,{<svg> )}",
    "a{b:url(x y.png)} b{c:url('a)')}",
    ".a\\{{b:c}.d\\'{e:f}",
    "a{b:'x\\\ny'}",
    "a{b:\"'\"}c{d:'\"'}",
    ":root{--a:{b:c};--d:[x]}",
    "<!-- a{b:c} -->",
]
BROKEN = {
    "a{b:c": [(1, "this block is never closed")],
    "@media print{a{b:c}\n.x{y:z}": [(12, "this block is never closed")],
    "a{b:c}}\nd{e:f}": [(6, "this brace closes nothing")],
    "/* a": [(0, "this comment is never closed")],
    "/*/": [(0, "this comment is never closed")],
    "a{b:c} /* d { e: f }": [(7, "this comment is never closed")],
    "a{b:'c\n}": [(4, "this string is not closed on its line")],
    "a{b:\"c'}": [(1, "this block is never closed"), (4, "this string is never closed")],
    "a{b:calc((1px)}c{d:e}": [(4, "this parenthesis is never closed")],
    "a{b:url(c": [(1, "this block is never closed"), (4, "this url() is never closed")],
    "a[b{c:d}": [(1, "this bracket is never closed")],
}


@pytest.mark.parametrize("text", FINE)
def test_what_browsers_read_is_fine(text: str) -> None:
    assert find_css_problems(text) == ()


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_broken_is_told_where_it_begins(text: str) -> None:
    assert find_css_problems(text) == tuple(CssProblem(*one) for one in BROKEN[text])


@given(
    st.lists(st.sampled_from([*"{}()[]\"'\\/*;:a \n", "url(", "URL( ", "/*", "*/", "\\\r\n"])).map(
        "".join
    )
)
def test_a_quick_look_misses_nothing(text: str) -> None:
    if css_problems._is_balanced(text):
        assert css_problems._find(text) == []
