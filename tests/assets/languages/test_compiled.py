"""Asking a compiler that names its files only while it runs."""

from __future__ import annotations

import pytest

from assetbuild.assets.languages.compiled import ask_until_answered
from assetbuild.diagnostics import AssetbuildError


def test_needs_are_supplied_until_there_is_an_answer() -> None:
    files: list[str] = []

    def ask() -> dict[str, object]:
        return {"css": "a{}"} if len(files) == 3 else {"needs": [["f", str(len(files))]]}

    answer = ask_until_answered(
        ask, lambda folder, name: files.append(folder + name), code="less/compile", display="a.less"
    )
    assert (answer, files) == ({"css": "a{}"}, ["f0", "f1", "f2"])


def test_needs_without_end_are_an_error_of_the_source() -> None:
    with pytest.raises(AssetbuildError) as caught:
        ask_until_answered(
            lambda: {"needs": []}, lambda: None, code="less/compile", display="a.less"
        )
    (found,) = caught.value.diagnostics
    assert found.location is not None
    assert (found.code, found.location.file) == ("less/compile", "a.less")
    assert "nest deeper than 50 levels" in found.message
