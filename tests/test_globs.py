"""Globs: a table of patterns against paths, and the edges of the definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.globs import compile_glob, is_glob

TABLE = [
    ("*.css", "app.css", True),
    ("*.css", "css/app.css", False),
    ("**/*.css", "app.css", True),
    ("**/*.css", "a/b/app.css", True),
    ("vendor/**", "vendor/a/b.js", True),
    ("vendor/**", "vendor", False),
    ("vendor/**", "vendored/a.js", False),
    ("vendor/", "vendor/a/b.js", True),
    ("a/**/b.js", "a/b.js", True),
    ("a/**/b.js", "a/x/y/b.js", True),
    ("a/**/b.js", "ab.js", False),
    ("img/?.png", "img/a.png", True),
    ("img/?.png", "img//.png", False),
    ("img/[a-c].png", "img/b.png", True),
    ("img/[!a-c].png", "img/b.png", False),
    ("img/[!a-c].png", "img/z.png", True),
    ("**/*.{css,js}", "x/app.js", True),
    ("**/*.{css,js}", "x/app.ts", False),
    ("{css,js}/**", "js/a/b", True),
    ("{a/b,c}/x", "a/b/x", True),
    ("a{b", "a{b", True),
    ("a[b", "a[b", True),
    ("[]]", "]", True),
    ("[+--]", ",", True),
    ("[--a]", "Z", True),
    ("[a--]", "b", False),
    ("[a-]", "-", True),
    ("[a&&b]", "&", True),
    ("[!a-c-]", "-", False),
    ("a\\*", "a*", True),
    ("a\\*", "ab", False),
    ("a.b+(c)", "a.b+(c)", True),
    ("**", "any/thing", True),
    ("caf\u00e9.*", "caf\u00e9.png", True),
    ("cafe\u0301.*", "caf\u00e9.png", True),
    ("Logo.png", "logo.png", False),
    ("*", ".hidden", True),
    ("[z-a]", "[z-a]", True),
    ("a*b", "a\nb", True),
    ("*a*b*", "xxaxxbxx", True),
    ("*a*b*", "xxbxxaxx", False),
    ("a*a", "a", False),
    ("*ab*b", "aabb", True),
    ("x*/*y*z/*", "xx/ayaz/q", True),
    ("*{a,b}*{c,d}*", "xxaxxdx", True),
    ("{a{b}", "{ab", True),
    ("a/**/**/b", "a/b", True),
    ("a/**/**", "a/x/y", True),
    ("**/**", "x", True),
    ("**/" * 60 + "b", "a/" * 30 + "c", False),
    # as many ways to lay the stars as there are atoms: a backtracking matcher never ends
    ("*a" * 30 + "*b", "a" * 80, False),
]


@pytest.mark.parametrize(("pattern", "path", "is_match"), TABLE)
def test_pattern_matches_as_defined(pattern: str, path: str, is_match: bool) -> None:
    assert compile_glob(pattern).matches(path) is is_match


@pytest.mark.parametrize(
    ("pattern", "base"), [("a/b/*.js", "a/b"), ("**/x", ""), ("a/{b,c}/d", "a"), ("a/b.js", "a")]
)
def test_base_is_the_folder_above_the_first_magic(pattern: str, base: str) -> None:
    assert compile_glob(pattern).base == base


def test_plain_names_are_not_globs() -> None:
    assert [is_glob(one) for one in ("js/app.js", "js/*.js", "js/")] == [False, True, True]


def test_many_open_braces_are_read_in_one_pass() -> None:
    assert compile_glob("{a" * 20_000).matches("{a" * 20_000)


SEGMENTS = st.text("ab*?", min_size=1, max_size=5) | st.just("**")


def matches_slowly(pattern: list[str], path: list[str]) -> bool:
    """Match segment by segment, trying everything."""
    if not pattern:
        return not path
    if pattern == ["**"]:
        return True
    if pattern[0] == "**":
        return matches_slowly(pattern[1:], path) or (
            bool(path) and matches_slowly(pattern, path[1:])
        )
    return bool(path) and match_name(pattern[0], path[0]) and matches_slowly(pattern[1:], path[1:])


def match_name(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return match_name(pattern[1:], name) or (bool(name) and match_name(pattern, name[1:]))
    return bool(name) and pattern[0] in {"?", name[0]} and match_name(pattern[1:], name[1:])


@given(
    st.lists(SEGMENTS, min_size=1, max_size=4),
    st.lists(st.text("ab", min_size=1, max_size=5), min_size=1, max_size=4),
)
def test_a_glob_matches_what_a_slow_matcher_does(pattern: list[str], path: list[str]) -> None:
    if pattern[-1] == "**" and len(path) < len(pattern):
        return  # "a/**" is everything below a, not a itself
    expected = matches_slowly(pattern, path)
    assert compile_glob("/".join(pattern)).matches("/".join(path)) == expected
