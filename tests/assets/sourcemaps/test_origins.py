"""Names of a third party's sources."""

from __future__ import annotations

import pytest

from assetbuild.assets.sourcemaps.origins import name_sources


@pytest.mark.parametrize(
    ("place", "sources", "names"),
    [
        ("a/dist/x.map", ["../src/a.js", "./b.js", "c d.js"], ["a/src/a.js", "a/dist/b.js", "a/dist/c d.js"]),
        ("a/x.map", ["../../../etc/b.js", "..\\src\\c.js"], ["etc/b.js", "src/c.js"]),
        ("pkg:@o/p/dist/x.map", ["../src/a.js", "../../../../b.js"], ["pkg:@o/p/src/a.js", "pkg:b.js"]),
        ("a/x.map", ["webpack:///./src/a.js?1b2c", "https://x.test/b.js"], ["webpack:///./src/a.js?1b2c", "https://x.test/b.js"]),
        ("a/x.map", ["/home/bob/src/a.js", "/home/bob/src/in/b.js"], ["a/a.js", "a/in/b.js"]),
        ("a/x.map", ["file:///home/bob/a.js", "/usr/lib/b.js"], ["a/a.js", "a/b.js"]),
        ("a/x.map", ["C:\\Users\\bob\\a.js", "file:///D:/x/b.js"], ["a/a.js", "a/b.js"]),
        ("a/x.map", ["C:\\Users\\bob\\a.js", "c.js"], ["a/a.js", "a/c.js"]),
        ("x.map", ["", "a.js"], ["", "a.js"]),
    ],
)  # fmt: skip
def test_names_are_relative_to_the_map(place: str, sources: list[str], names: list[str]) -> None:
    assert list(name_sources(sources, place)) == names
