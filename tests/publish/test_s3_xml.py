"""Answers of stores that are not what S3 would say: refused with ValueError, never a crash."""

from __future__ import annotations

import pytest

from assetbuild.publish.s3_xml import parse_error, parse_list

OBJECT = "<Key>a</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified>"


def listing(inner: str, head: str = "") -> bytes:
    page = f"<ListBucketResult><Contents>{inner}</Contents></ListBucketResult>"
    return f"{head}{page}".encode()


@pytest.mark.parametrize(
    "data",
    [
        *(
            listing(OBJECT.replace(f"<{one}>", "<x>").replace(f"</{one}>", "</x>"))
            for one in ("Key", "Size", "LastModified")
        ),
        listing(OBJECT.replace("2026", "x")),
        listing(OBJECT, '<?xml version="1.0" encoding="no-such"?>'),
        listing(OBJECT, '<?xml version="1.0" encoding="shift_jis"?>'),
        b"",
    ],
)
def test_a_listing_that_lacks_something_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse_list(data)


def test_a_whole_listing_is_read() -> None:
    assert parse_list(listing(OBJECT)).objects == (("a", 1, "", 1767225600000),)


def test_an_error_answer_that_is_none_says_nothing() -> None:
    assert parse_error(listing(OBJECT, '<?xml version="1.0" encoding="no-such"?>')).code == ""
