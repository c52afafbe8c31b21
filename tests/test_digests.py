from __future__ import annotations

from assetbuild.digests import digest_parts, sha256_hex, subresource_integrity


def test_borders_between_parts_matter() -> None:
    assert digest_parts("k", ["ab", "c"]) != digest_parts("k", ["a", "bc"])
    assert digest_parts("k", ["a"]) != digest_parts("l", ["a"])
    assert digest_parts("k", ["a"]) == digest_parts("k", [b"a"])


def test_known_values() -> None:
    assert sha256_hex(b"")[:12] == "e3b0c44298fc"
    # https://www.w3.org/TR/SRI/ section 3.2
    assert subresource_integrity(b"alert('Hello, world.');") == (
        "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    )
