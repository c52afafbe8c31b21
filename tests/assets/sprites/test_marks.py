"""Marks: which comments are one, and what becomes of the text."""

from __future__ import annotations

import pytest

from assetbuild.assets.sprites.marks import Mark, move_marks, split_mark


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a{background:url(x.png) /* sprite: i */}", "url(x.png#-sprite.i)"),
        ("a{background:url(x.png) no-repeat; /* sprite: i; ratio=2 */}", "url(x.png#-sprite.i.2)"),
        ('a{background:url("x.png")/*! sprite:icons; repeat-x */}', 'url("x.png#-sprite.icons.x")'),
        ("a{background:url('x.png') /** sprite: i;size */}", "url('x.png#-sprite.i.s')"),
        ("a{background:url( x.png )  /* sprite: i; repeat-y; ratio=3 */}", "x.png#-sprite.i.3.y "),
        (
            'a{background:image-url("x.png"); // sprite: icons\n}',
            'image-url("x.png#-sprite.icons")',
        ),
        ('a{b:url("#{$p}/x.png"); /* sprite: i */}', 'url("#{$p}/x.png#-sprite.i")'),
        ("a{b:url(#{f($p)}x.png) /* sprite: i */}", "url(#{f($p)}x.png#-sprite.i)"),
        ("a{b:url('@{p}/x.png') /* sprite: i */}", "url('@{p}/x.png#-sprite.i')"),
        ("a{b:url(x.png?v=1) /* sprite: i */}", "url(x.png?v=1#-sprite.i)"),
    ],
)
def test_a_mark_moves_into_the_url_and_the_lines_keep_their_length(
    text: str, expected: str
) -> None:
    marked = move_marks(text, "a.css")
    assert expected in marked.text
    assert marked.diagnostics == ()
    assert [len(one) for one in marked.text.split("\n")] == [len(one) for one in text.split("\n")]


@pytest.mark.parametrize(
    "text",
    [
        "/* sprite: icons of the bar */ a{b:url(x.png)}",
        "a{b:url(x.png)}\n/* the sprite: icons */",
        "a{background:url(x.png)}",
    ],
)
def test_other_comments_are_left_alone(text: str) -> None:
    assert move_marks(text, "a.css").text == text
    assert move_marks(text, "a.css").diagnostics == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a{b:url(x.png) /* sprite: i; retina */}", "sprite/bad-mark"),
        ("a{b:url(x.png) /* sprite: 1 2 */}", "sprite/bad-mark"),
        ("a{b:url($x) /* sprite: i */}", "sprite/bad-mark"),
        ("a{b:url(data:image/png;base64,AA==) /* sprite: i */}", "sprite/bad-mark"),
        ("a{b:url(https://h/x.png) /* sprite: i */}", "sprite/bad-mark"),
        ("a{b:url(x.svg#y) /* sprite: i */}", "sprite/bad-mark"),
        ("a{b:url(x.png);color:red /* sprite: i */}", "sprite/loose-mark"),
        ("a{b:url(x.png)}\n/* sprite: i */", "sprite/loose-mark"),
        ("a{b:url(x.png);\n/* sprite: i */}", "sprite/loose-mark"),
        ("/* sprite: i */", "sprite/loose-mark"),
    ],
)
def test_what_cannot_be_marked_is_told_at_its_place(text: str, code: str) -> None:
    (found,) = move_marks(text, "css/a.css").diagnostics
    assert found.code == code
    assert found.location is not None
    lines = text.split("\n")
    assert lines[found.location.line - 1][found.location.column - 1 :].startswith("/*")


def test_a_mark_is_read_back_from_its_url() -> None:
    mark = Mark(name="big-icons", ratio=2, axis="repeat-y", writes_size=True)
    assert split_mark("x.png?v" + mark.to_fragment()) == ("x.png?v", mark)
    assert split_mark("x.svg#a") == ("x.svg#a", None)
