"""What S3's answers say of an object, and small requests whose answer is XML.

In: answers. Out: what the store holds, whether it is what was sent. Refuses to know: keys.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from assetbuild.digests import sha256_hex
from assetbuild.publish.calls import Call, Caller
from assetbuild.publish.headers import STORABLE
from assetbuild.publish.store import Held
from assetbuild.publish.wire import Answer

NOTE = "x-amz-meta-assetbuild-sha256"
"""User metadata with the sha256 of what we put, for stores whose ETag says nothing."""

_T = TypeVar("_T")


def ask(  # noqa: PLR0913 - the parts of a request
    caller: Caller,
    parse: Callable[[bytes], _T],
    *,
    method: str,
    purpose: str,
    query: Sequence[tuple[str, str]] = (),
    path: str,
    headers: Sequence[tuple[str, str]] = (),
    data: bytes = b"",
    accept: frozenset[int] = frozenset(),
) -> _T:
    """Send a small request and parse its answer; one that does not parse is asked for again.

    Errors: as Caller.call; LookupError for an answer with a status of ``accept``.
    """
    parsed: list[_T] = []

    def check(answer: Answer) -> str | None:
        try:
            parsed.append(parse(answer.data))
        except (ValueError, KeyError) as failure:
            return f"an answer could not be read: {failure}"
        return None

    extra: tuple[tuple[str, str], ...] = ()
    if data:
        md5 = hashlib.md5(data, usedforsecurity=False).digest()
        # DeleteObjects and PutBucketCors demand it on many stores
        extra = (
            ("content-md5", base64.b64encode(md5).decode()),
            ("content-type", "application/xml"),
        )
    caller.call(
        Call(
            method=method,
            path=path,
            query=query,
            headers=(*headers, *extra),
            body=data,
            sha256=sha256_hex(data),
            accept=accept,
            purpose=purpose,
            check=check,
        )
    )
    return parsed[-1]


def is_kept(name: str) -> bool:
    """Tell whether a header, in lower case, stays with an object and is a caller's own."""
    return name in STORABLE or (name.startswith("x-amz-meta-") and name != NOTE)


def read_held(headers: Mapping[str, str]) -> Held:
    """Return what the headers of an answer say that the store holds."""
    kept = {name: value for name, value in headers.items() if is_kept(name)}
    kms = headers.get("x-amz-server-side-encryption", "").startswith("aws:kms")
    customer = "x-amz-server-side-encryption-customer-algorithm" in headers
    return Held(
        size=int(headers.get("content-length", "0")),
        etag=headers.get("etag", "").removeprefix("W/").strip('"'),
        headers=tuple(sorted(kept.items())),
        sha256=headers.get(NOTE),
        is_etag_md5=not (kms or customer),
    )


def etag_of(answer: Answer) -> str:
    """Return the ETag without quotes; "" where there is none."""
    return answer.headers.get("etag", "").removeprefix("W/").strip('"')


def check_put(answer: Answer, *, sha256: str, etag: str | None) -> str | None:
    """Compare what the store says it holds with what was sent; None: equal.

    ``etag`` None: the ETag is not compared, for the store compares the content itself.
    """
    told = answer.headers.get("x-amz-checksum-sha256")
    if told is not None and told != base64.b64encode(bytes.fromhex(sha256)).decode():
        return "the store keeps other bytes than were sent (sha256 differs)"
    if not read_held(answer.headers).is_etag_md5:
        return None
    held = etag_of(answer)
    if etag is not None and len(held) == 32 and held != etag:
        return "the store keeps other bytes than were sent (ETag differs)"
    if not held:
        return "the store does not say what it holds (no ETag)"
    return None
