"""Declarations with marks: each as it is written, and what it must become."""

from __future__ import annotations

import re
from typing import Any

import pytest

from assetbuild.assets.sprites.backgrounds import (
    Problem,
    infer_arrangements,
    place_backgrounds,
)
from assetbuild.assets.sprites.layout import Arrangement
from assetbuild.assets.sprites.positions import Place


def rewrite(css: str, **changes: Any) -> tuple[str, tuple[Problem, ...]]:
    """Place every ``url(@)``: a picture of 16 x 16 at 20, 40 of a sheet of 100 x 200."""
    values: dict[str, Any] = {
        "url": "s.png",
        "x": 20,
        "y": 40,
        "width": 16,
        "height": 16,
        "sheet_width": 100,
        "sheet_height": 200,
        "ratio": 1,
        "arrangement": "packed",
        "writes_size": False,
        **changes,
    }
    places = {match.start(): Place(**values) for match in re.finditer("@", css)}
    edits, problems = place_backgrounds(css, places)
    for one in reversed(edits):
        css = css[: one.start] + one.text + css[one.end :]
    return css.replace('url("s.png")', "URL"), problems


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("a{background:url(@)}", "a{background:URL -20px -40px no-repeat}"),
        ('a{background:url("@")}', "a{background:URL -20px -40px no-repeat}"),
        ("a{background:#fff url(@) no-repeat}", "a{background:#fff URL -20px -40px no-repeat}"),
        (
            "a{color:red;background:url(@) no-repeat 3px 4px!important;top:0}",
            "a{color:red;background:URL -17px -36px no-repeat!important;top:0}",
        ),
        ("a{background:top left url(@) no-repeat}", "a{background:URL -20px -40px no-repeat}"),
        (
            "a{background:url(@) 0 0/32px 32px no-repeat}",
            "a{background:URL -40px -80px/200px 400px no-repeat}",
        ),
        (
            "a{background-image:url(@)}",
            "a{background-image:URL;background-position:-20px -40px}",
        ),
        (
            "a { background-image: url(@) !important; color: red }",
            "a { background-image: URL !important; background-position: -20px -40px !important; color: red }",
        ),
        (
            "a{background-position:2px 2px;background-image:url(@)}",
            "a{background-position:-18px -38px;background-image:URL}",
        ),
        (
            "a{background:url(@) no-repeat;background-position:5px 0}",
            "a{background:URL -20px -40px no-repeat;background-position:-15px -40px}",
        ),
        (
            "a{background:url(@),url(b.png) 1px 1px}",
            "a{background:URL -20px -40px no-repeat,url(b.png) 1px 1px}",
        ),
        (
            "a{background-image:url(@),url(@)}",
            "a{background-image:URL,URL;background-position:-20px -40px,-20px -40px}",
        ),
        ("a{mask:url(@)}", "a{mask:URL -20px -40px no-repeat}"),
        (
            "a{-webkit-mask-image:url(@)}",
            "a{-webkit-mask-image:URL;-webkit-mask-position:-20px -40px}",
        ),
        (
            "@media print{a{background:url(@)}}",
            "@media print{a{background:URL -20px -40px no-repeat}}",
        ),
        ("a{b{background:url(@)}}", "a{b{background:URL -20px -40px no-repeat}}"),
        ("a{background:var(--c) url(@)}", "a{background:var(--c) URL -20px -40px no-repeat}"),
    ],
)
def test_positions_move_with_the_picture(css: str, expected: str) -> None:
    # the first @ of @media is no place
    marked = css.replace("@media", "\x00media")
    found, problems = rewrite(marked)
    assert found.replace("\x00media", "@media") == expected
    assert problems == ()


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("a{background:url(@)}", "a{background:URL -20px -40px/100px 200px no-repeat}"),
        (
            "a{background-image:url(@)}",
            "a{background-image:URL;background-position:-20px -40px;background-size:100px 200px}",
        ),
        (
            "a{background:url(@);background-size:16px 16px}",
            "a{background:URL -20px -40px/100px 200px no-repeat;background-size:100px 200px}",
        ),
        (
            "a{background:url(@);background-size:8px}",
            "a{background:URL -10px -20px/50px 100px no-repeat;background-size:50px 100px}",
        ),
    ],
)
def test_a_ratio_writes_the_size_of_the_sheet(css: str, expected: str) -> None:
    assert rewrite(css, ratio=2) == (expected, ())


def test_dimensions_are_written_when_asked_and_not_there() -> None:
    assert rewrite("a{background:url(@)}", writes_size=True)[0] == (
        "a{background:URL -20px -40px no-repeat;width:16px;height:16px}"
    )
    assert rewrite("a{background:url(@);width:10px}", writes_size=True)[0] == (
        "a{background:URL -20px -40px no-repeat;height:16px;width:10px}"
    )
    assert rewrite("a{background-image:url(@)}", writes_size=True)[0] == (
        "a{background-image:URL;background-position:-20px -40px;width:16px;height:16px}"
    )


def test_a_larger_element_shows_its_neighbours_and_is_told() -> None:
    _, problems = rewrite("a{background:url(@);width:40px;height:16px}")
    assert [(one.code, one.is_error) for one in problems] == [("sprite/shows-neighbours", False)]
    _, problems = rewrite("a{background:url(@);width:40px}", arrangement="repeat-x", x=0)
    assert problems == ()


@pytest.mark.parametrize(
    ("css", "changes"),
    [
        ("a{background:url(@) center}", {}),
        ("a{background:url(@) 0 50%}", {}),
        ("a{background:url(@) 0}", {}),
        ("a{background:url(@) 1em 0}", {}),
        ("a{background:url(@) right top}", {}),
        ("a{background:url(@) 0 0/cover}", {}),
        ("a{background:url(@) repeat}", {}),
        ("a{background:url(@) repeat-y}", {"arrangement": "repeat-x"}),
        ("a{background-image:url(@),url(b.png)}", {}),
        ("a{background-image:url(@);background-repeat:repeat-x}", {}),
        ("a{background:url(@);background-position-x:3px}", {}),
        ("a{background-image:url(@);background-size:contain}", {}),
        ("a{background-image:image-set(url(@) 1x)}", {}),
        ("a{list-style-image:url(@)}", {}),
        ("a{content:url(@)}", {}),
    ],
)
def test_what_a_sheet_cannot_show_is_an_error(css: str, changes: dict[str, Any]) -> None:
    _, problems = rewrite(css, **changes)
    assert [(one.code, one.is_error) for one in problems] == [("sprite/bad-mark", True)]
    assert problems[0].start == css.index("@")


@pytest.mark.parametrize(
    ("css", "marked", "expected"),
    [
        ("a{background:url(@) repeat-x}", "packed", "repeat-x"),
        ("a{background:url(@) repeat-y}", "packed", "repeat-y"),
        ("a{background:url(@)}", "repeat-x", "repeat-x"),
        ("a{background:url(b.png) repeat-x,url(@)}", "packed", "packed"),
    ],
)
def test_a_shorthand_tells_how_it_repeats(
    css: str, marked: Arrangement, expected: Arrangement
) -> None:
    at = css.index("@")
    assert infer_arrangements(css, {at: marked}) == {at: expected}


def test_a_long_run_of_white_space_is_read_in_one_pass() -> None:
    # minutes, were each of its characters a place where "!important" may begin
    css = "a{background:url(@)" + " " * 200_000 + "no-repeat ! important}"
    found, problems = rewrite(css)
    assert problems == ()
    assert found.startswith("a{background:URL") and found.endswith("! important}")
