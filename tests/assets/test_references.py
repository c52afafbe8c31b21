"""What every kind of text has in common."""

from __future__ import annotations

import pytest

from assetbuild.assets.references import find_references, has_references, remove_map_comment


@pytest.mark.parametrize(
    ("text", "media_type", "without"),
    [
        ("a{}\n/*# sourceMappingURL=x.map */\n", "text/css", "a{}\n"),
        ("a{}/*# sourceMappingURL=x.map*/", "text/css", "a{}"),
        ("a()\n//# sourceMappingURL=x.map\r\n", "text/javascript", "a()\n"),
        ("a()\n//@ sourceMappingURL=x.map", "text/javascript", "a()\n"),
    ],
)
def test_a_map_comment_is_removed_whole(text: str, media_type: str, without: str) -> None:
    (reference,) = find_references(text, media_type)
    assert remove_map_comment(text, reference) == without


def test_a_file_of_another_type_has_no_references() -> None:
    assert find_references("url(a.png)", "text/plain") == ()
    assert not has_references("image/png")
    assert has_references("text/css")
