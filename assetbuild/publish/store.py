"""What the publisher asks of a store, and the values that pass between them.

In: nothing. Out: a protocol and frozen values. Keys are paths below the store's prefix, so nothing
above a store knows buckets or prefixes. Refuses to know: how a store works.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from assetbuild.publish.headers import Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object as a listing tells it."""

    key: str  # below the store's prefix
    size: int  # bytes
    etag: str  # without quotes; the MD5 in hex unless the store encrypts with KMS
    modified_ms: int  # milliseconds since 1970, as the store's clock says


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An object as the store describes it when asked for it alone."""

    size: int  # bytes
    etag: str  # without quotes
    headers: Headers  # what it would send, as far as an object can keep it; sorted, lower-case
    sha256: str | None  # what we noted when we put it; None: someone else did, or no note
    is_etag_md5: bool  # False: encrypted with KMS or customer keys, so the ETag says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Bytes to put: in memory, or in a file that is read in blocks."""

    size: int  # bytes
    sha256: str  # 64 hex digits
    data: bytes | None = None  # the bytes; None: read the file
    file: str | None = None  # absolute path


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a store was found to do, by trying it once."""

    conditional_put: bool  # If-None-Match: * is obeyed
    content_check: bool  # bytes that are not those of the signed sha256 are refused


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResult:
    """How a put ended; a failure is an exception."""

    is_created: bool  # False: only_if_absent met an object that was there already
    etag: str = ""  # what the store calls the bytes; "" when nothing was created


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole answer to a GET, as a browser would get it."""

    status: int  # three digits; 200, or what went wrong
    headers: Mapping[str, str]  # lower-case names
    sha256: str  # of the bytes as sent
    size: int  # bytes as sent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFailure:
    """A key that the store would not delete."""

    key: str  # below the prefix
    reason: str  # the store's word for it


class Store(Protocol):
    """Objects under keys; every method may be called from many threads."""

    @property
    def label(self) -> str:
        """The place as messages show it."""

    @property
    def requests(self) -> int:
        """Requests sent so far, retries among them."""

    @property
    def told_time(self) -> datetime | None:
        """The store's clock when it last answered, UTC; None where it tells none."""

    @property
    def checks_content(self) -> bool:
        """Bytes that are not those of the body's sha256 are refused, as a probe has shown."""

    def list_objects(self, prefix: str = "") -> Iterator[Listed]:
        """Yield every object whose key starts with ``prefix``, sorted by key."""

    def read(self, key: str) -> bytes | None:
        """Return a small object's bytes; None where there is none."""

    def describe(self, key: str) -> Held | None:
        """Return what the store says of an object; None where there is none."""

    def fetch(self, key: str, *, origin: str) -> Fetched:
        """Get an object's bytes and headers, as a page of ``origin`` would with CORS."""

    def put(
        self, key: str, body: Body, headers: Headers, *, only_if_absent: bool = False
    ) -> PutResult:
        """Store the bytes under the key and check that the store says it holds them.

        Headers that an object cannot keep are the caller's error. ``only_if_absent`` is obeyed
        where the store can (``Abilities.conditional_put``), else ignored. Errors: SourceError
        when the body's file is not what its size and digest say.
        """

    def delete(self, keys: Sequence[str]) -> tuple[DeleteFailure, ...]:
        """Delete the keys; those that are gone already are fine."""

    def probe(self, key: str) -> Abilities:
        """Find out with throw-away puts under ``key`` what the store does."""

    def use_abilities(self, abilities: Abilities) -> None:
        """Tell the store what a probe once found; until then it relies on nothing."""

    def close(self) -> None:
        """Close connections."""
