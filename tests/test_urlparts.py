from __future__ import annotations

import pytest

from assetbuild.urlparts import split_url


@pytest.mark.parametrize("text", ["http://[::1", "file://]", "http://h:port/", "http://h:99999/"])
def test_a_broken_url_has_no_parts(text: str) -> None:
    assert split_url(text) is None


def test_a_url_has_parts() -> None:
    parts = split_url("https://u:p@[::1]:8/a?b#c")
    assert parts is not None
    assert (parts.hostname, parts.port, parts.path) == ("::1", 8, "/a")
