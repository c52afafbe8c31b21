"""What every kind of text has in common."""

from __future__ import annotations

from assetbuild.assets.references import find_references, has_references


def test_a_file_of_another_type_has_no_references() -> None:
    assert find_references("url(a.png)", "text/plain") == ()
    assert not has_references("image/png")
    assert has_references("text/css")
