from __future__ import annotations

from assetbuild.suggest import find_nearest


def test_nearest_name_is_found() -> None:
    assert find_nearest("img/logo.pgn", ["img/logo.png", "css/a.css"]) == "img/logo.png"


def test_difference_of_case_always_matches() -> None:
    assert find_nearest("A", ["b", "a"]) == "a"


def test_nothing_like_it_is_none() -> None:
    assert find_nearest("zzz", ["a", "b"]) is None
    assert find_nearest("a", []) is None
