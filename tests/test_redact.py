from __future__ import annotations

import pytest

from assetbuild.redact import redact_urls


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("git clone https://user:tok%23en@host/x.git", "git clone https://***@host/x.git"),
        ("https://token@host/x", "https://***@host/x"),
        ("https://u:p@ss@host/x", "https://***@host/x"),
        ("https://host/x.tgz?token=abc&v=1", "https://host/x.tgz?token=***&v=1"),
        ("https://b.s3/k?X-Amz-Signature=ff&x=1", "https://b.s3/k?X-Amz-Signature=***&x=1"),
        ("git@host:a/b.git", "git@host:a/b.git"),
        ("https://host/a@b", "https://host/a@b"),
    ],
)
def test_secrets_of_urls_are_hidden(text: str, shown: str) -> None:
    assert redact_urls(text) == shown


def test_a_long_line_without_an_at_sign_is_read_in_one_pass() -> None:
    line = "https://" + "a:b" * 100_000  # minutes, were each colon a place to begin again
    assert redact_urls(line) == line
