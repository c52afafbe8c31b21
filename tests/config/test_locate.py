from __future__ import annotations

import pytest

from assetbuild.config.locate import locate_keys

DOCUMENT = '''# comment [not.a.table]
top = "a = b" # c = d
[assets]
"quoted key" = 1
multi = """
x = 1
[y]
"""
list = [
  "one", # comment ]
  { inner = 2, deep.er = 3 },
]
[[bundle]]
name = 'x'
[bundle.options]
a = 1979-05-27 07:32:00
[[bundle]]
name = 'y'
'''


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("top", "top"),
        ("assets.quoted key", '"quoted key"'),
        ("assets.list.0", '"one"'),
        ("assets.list.1.inner", "inner"),
        ("assets.list.1.deep.er", "deep.er"),
        ("bundle.0.name", "name"),
        ("bundle.0.options.a", "a"),
        ("bundle.1.name", "name"),
    ],
)
def test_keys_are_located(key: str, shown: str) -> None:
    offset, length = locate_keys(DOCUMENT)[key]
    assert DOCUMENT[offset : offset + length] == shown


def test_text_inside_strings_and_comments_is_no_key() -> None:
    found = locate_keys(DOCUMENT)
    assert not {"not.a.table", "assets.x", "y", "c"} & found.keys()


@pytest.mark.parametrize("text", ["=", "[", "[[", "a", "{", 'a = "', "a = [", "\0", "a.=1"])
def test_broken_text_never_hangs(text: str) -> None:
    locate_keys(text)


def test_values_nested_too_deeply_leave_the_places_before_them() -> None:
    text = "first = 1\nsecond = " + "[" * 10_000 + "]" * 10_000
    assert locate_keys(text)["first"] == (0, 5)
