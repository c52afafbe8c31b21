"""Names of pictures as CSS identifiers, read back by another parser."""

from __future__ import annotations

import pytest
import tinycss2

from assetbuild.assets.sprites.identifier import escape_identifier, is_plain_name


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("add", "add"),
        ("1up", r"\31 up"),
        ("-1", r"-\31 "),
        ("-", r"\-"),
        ("a.b", r"a\.b"),
        ("ü", "ü"),
    ],
)
def test_identifiers_are_escaped_as_cssom_says(name: str, escaped: str) -> None:
    assert escape_identifier(name) == escaped
    (token,) = tinycss2.parse_component_value_list(escaped)
    assert (token.type, token.value) == ("ident", name)


def test_plain_names() -> None:
    assert [is_plain_name(one) for one in ("a-b_1", "a.b", "", "é")] == [True, False, False, True]
