from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.wrapping import wrap_line


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two", ["one two"]),
        ("one two three four", ["one two three", "  four"]),
        # what one copies stays whole
        ('write "a b c d e" here', ["write", '  "a b c d e"', "  here"]),
        ("xyz = { a = 1 }", ["xyz =", "  { a = 1 }"]),
        ("run `pip in x` now", ["run `pip in x`", "  now"]),
        ("run `pip install x` now", ["run `pip", "  install x`", "  now"]),
        ("a /very/long/path/that/is/wider b", ["a", "  /very/long/path/that/is/wider", "  b"]),
        ('an odd " quote here', ['an odd " quote', "  here"]),
    ],
)
def test_a_line_is_wrapped_between_words(text: str, lines: list[str]) -> None:
    assert wrap_line(text, width=14, rest="  ") == lines


def test_the_first_line_has_its_own_indent() -> None:
    lines = wrap_line("do this and that", width=14, indent="hint: ", rest="      ")
    assert lines == ["hint: do this", "      and that"]


@given(st.text(), st.integers(2, 90))
def test_no_word_is_lost_and_only_a_word_is_wider(text: str, width: int) -> None:
    lines = wrap_line(text, width=width)
    assert " ".join(lines).split() == text.split()
    assert all(len(one) <= width or len(one.split()) == 1 for one in lines)
