"""The S3 store: AWS and everything that speaks its protocol.

In: an S3Target. Out: a Store. Requests go through publish.calls; quirks are named settings of the
target. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.publish.calls import Call, Caller
from assetbuild.publish.content import MULTIPART_FROM, PART_SIZE, read_blocks
from assetbuild.publish.headers import STORABLE, Headers
from assetbuild.publish.s3_xml import (
    parse_completed,
    parse_deleted,
    parse_list,
    parse_parts,
    parse_upload_id,
    parse_uploads,
    write_complete,
    write_delete,
)
from assetbuild.publish.store import Body, DeleteFailure, Fetched, Held, Listed, PutResult
from assetbuild.publish.target import S3Target
from assetbuild.publish.wire import Answer

NOTE = "x-amz-meta-assetbuild-sha256"
"""User metadata with the sha256 of what we put, for stores whose ETag says nothing."""

_BATCH = 1000  # keys that DeleteObjects takes at most
_T = TypeVar("_T")


def endpoint_of(target: S3Target) -> str:
    """Return the origin that requests go to: "https://bucket.s3.eu-west-1.amazonaws.com"."""
    origin = target.endpoint
    if origin is None:
        suffix = "amazonaws.com.cn" if target.region.startswith("cn-") else "amazonaws.com"
        origin = f"https://s3.{target.region}.{suffix}"
    if target.path_style:
        return origin
    scheme, _, host = origin.partition("://")
    return f"{scheme}://{target.bucket}.{host}"


class S3Store:
    """Objects below the prefix of a bucket (publish.store.Store)."""

    def __init__(self, target: S3Target, caller: Caller) -> None:
        self._target = target
        self._caller = caller
        self._has_conditional = target.conditional == "on"
        self._root = f"/{target.bucket}/" if target.path_style else "/"

    @property
    def label(self) -> str:
        return self._target.label

    @property
    def requests(self) -> int:
        return self._caller.requests

    @property
    def notes(self) -> tuple[str, ...]:
        """What was corrected on the way: clock, region."""
        return tuple(self._caller.notes)

    def list_objects(self, prefix: str = "") -> Iterator[Listed]:
        start = len(self._target.prefix)
        token: str | None = None
        while True:
            query = [
                ("list-type", "2"),
                ("encoding-type", "url"),
                ("max-keys", "1000"),
                ("prefix", self._target.prefix + prefix),
            ]
            if token is not None:
                query.append(("continuation-token", token))
            page = self._ask(parse_list, method="GET", query=query, purpose="list the bucket")
            for key, size, etag, modified_ms in page.objects:
                yield Listed(key=key[start:], size=size, etag=etag, modified_ms=modified_ms)
            token = page.next_token
            if token is None:
                return

    def read(self, key: str) -> bytes | None:
        answer = self._caller.call(
            Call(
                method="GET",
                path=self._path(key),
                accept=frozenset({404}),
                purpose=f"read {key}",
            )
        )
        if answer.status == 404:
            self._refuse_missing_bucket(answer)
            return None
        return answer.data

    def describe(self, key: str) -> Held | None:
        answer = self._caller.call(
            Call(
                method="HEAD",
                path=self._path(key),
                accept=frozenset({404}),
                purpose=f"look at {key}",
            )
        )
        if answer.status == 404:
            return None
        return _read_held(answer.headers)

    def fetch(self, key: str, *, origin: str) -> Fetched:
        answer = self._caller.call(
            Call(
                method="GET",
                path=self._path(key),
                headers=(("origin", origin),),
                accept=frozenset({404}),
                is_digest_only=True,
                purpose=f"get {key}",
            )
        )
        return Fetched(
            status=answer.status, headers=answer.headers, sha256=answer.sha256, size=answer.size
        )

    def put(
        self, key: str, body: Body, headers: Headers, *, only_if_absent: bool = False
    ) -> PutResult:
        fields = [(name.lower(), value) for name, value in headers]
        fields.append((NOTE, body.sha256))
        if self._target.acl is not None:
            fields.append(("x-amz-acl", self._target.acl))
        if body.size >= MULTIPART_FROM:
            return PutResult(is_created=True, etag=self._put_in_parts(key, body, fields))
        if only_if_absent and self._has_conditional:
            fields.append(("if-none-match", "*"))
        fields.extend(self._checksum(body.sha256, body.etag))
        answer = self._caller.call(
            Call(
                method="PUT",
                path=self._path(key),
                headers=fields,
                body=partial(read_blocks, body),
                body_size=body.size,
                sha256=body.sha256,
                accept=frozenset({412}) if only_if_absent else frozenset(),
                purpose=f"put {key}",
                check=partial(_check_put, sha256=body.sha256, etag=body.etag),
            )
        )
        if answer.status == 412:
            return PutResult(is_created=False)
        return PutResult(is_created=True, etag=_etag_of(answer))

    def delete(self, keys: Sequence[str]) -> tuple[DeleteFailure, ...]:
        failed: list[DeleteFailure] = []
        start = len(self._target.prefix)
        for at in range(0, len(keys), _BATCH):
            data = write_delete([self._target.prefix + key for key in keys[at : at + _BATCH]])
            refused = self._ask(
                parse_deleted,
                method="POST",
                query=[("delete", "")],
                data=data,
                purpose="delete objects",
            )
            failed.extend(DeleteFailure(key=key[start:], reason=code) for key, code in refused)
        return tuple(failed)

    def probe_conditional_put(self, key: str) -> bool:
        data = b"probe"
        digest = hashlib.sha256(data).hexdigest()
        statuses = [
            self._caller.call(
                Call(
                    method="PUT",
                    path=self._path(key),
                    headers=headers,
                    body=lambda: (data,),
                    body_size=len(data),
                    sha256=digest,
                    accept=frozenset({400, 412, 501}),
                    purpose="probe a conditional put",
                )
            ).status
            for headers in ((), (("if-none-match", "*"),))
        ]
        return statuses[1] == 412

    def use_conditional_put(self, *, is_supported: bool) -> None:
        if self._target.conditional == "auto":
            self._has_conditional = is_supported

    def put_configuration(self, name: str, data: bytes) -> None:
        """Put a sub-resource of the bucket, as "cors"."""
        self._ask(lambda _: None, method="PUT", query=[(name, "")], data=data, purpose=f"set {name}")

    def read_configuration(self, name: str) -> bytes | None:
        """Return a sub-resource of the bucket, as "cors"; None where there is none."""
        answer = self._caller.call(
            Call(
                method="GET",
                path=self._root,
                query=[(name, "")],
                accept=frozenset({404}),
                purpose=f"read {name}",
            )
        )
        return None if answer.status == 404 else answer.data

    def close(self) -> None:
        self._caller.close()

    def _path(self, key: str) -> str:
        return f"{self._root}{self._target.prefix}{key}"

    def _checksum(self, sha256: str, etag: str) -> Iterable[tuple[str, str]]:
        """Yield the header that makes the store check what arrived."""
        if self._target.checksum == "sha256":
            value = base64.b64encode(bytes.fromhex(sha256)).decode()
            yield "x-amz-checksum-sha256", value
        elif self._target.checksum == "md5":
            yield "content-md5", base64.b64encode(bytes.fromhex(etag)).decode()

    def _ask(
        self,
        parse: Callable[[bytes], _T],
        *,
        method: str,
        purpose: str,
        query: Sequence[tuple[str, str]] = (),
        path: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        data: bytes = b"",
    ) -> _T:
        """Send a small request and parse its answer; one that does not parse is asked for again."""
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
        self._caller.call(
            Call(
                method=method,
                path=self._root if path is None else path,
                query=query,
                headers=(*headers, *extra),
                body=(lambda: (data,)) if data else None,
                body_size=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                purpose=purpose,
                check=check,
            )
        )
        return parsed[-1]

    def _put_in_parts(self, key: str, body: Body, fields: Sequence[tuple[str, str]]) -> str:
        """Put a large file in parts; parts that an earlier, killed run left are used again."""
        path = self._path(key)
        held: dict[int, str] = {}
        upload = self._find_upload(key)
        if upload is None:
            upload = self._ask(
                parse_upload_id,
                method="POST",
                path=path,
                query=[("uploads", "")],
                headers=fields,
                purpose=f"put {key}",
            )
        else:
            held = self._find_parts(path, upload)
        done: list[tuple[int, str]] = []
        for number, start in enumerate(range(0, body.size, PART_SIZE), start=1):
            done.append(self._put_part(path, upload, body, number, start, held))
        etag = self._ask(
            parse_completed,
            method="POST",
            path=path,
            query=[("uploadId", upload)],
            data=write_complete(done),
            purpose=f"put {key}",
        )
        if "-" in etag and etag != body.etag:
            raise AssetbuildError(
                error(
                    "publish/wrong-content",
                    f'{self.label} joined the parts of "{key}" to other bytes',
                    hint="run it again; the release is not recorded",
                )
            )
        return etag

    def _put_part(
        self, path: str, upload: str, body: Body, number: int, start: int, held: Mapping[int, str]
    ) -> tuple[int, str]:
        sha256 = hashlib.sha256()
        md5 = hashlib.md5(usedforsecurity=False)
        size = 0
        for block in read_blocks(body, start, PART_SIZE):
            sha256.update(block)
            md5.update(block)
            size += len(block)
        etag = md5.hexdigest()
        if held.get(number) != etag:
            self._caller.call(
                Call(
                    method="PUT",
                    path=path,
                    query=[("partNumber", str(number)), ("uploadId", upload)],
                    # parts carry Content-MD5: a sha256 header needs an algorithm declared at the
                    # start, which compatible stores refuse; the signed payload's sha256 is there
                    headers=(("content-md5", base64.b64encode(md5.digest()).decode()),),
                    body=partial(read_blocks, body, start, PART_SIZE),
                    body_size=size,
                    sha256=sha256.hexdigest(),
                    purpose=f"put part {number}",
                    check=partial(_check_put, sha256=sha256.hexdigest(), etag=etag),
                )
            )
        return number, etag

    def _find_upload(self, key: str) -> str | None:
        found = self._ask(
            parse_uploads,
            method="GET",
            query=[("uploads", ""), ("prefix", self._target.prefix + key)],
            purpose="look for an unfinished upload",
        )
        ids = [upload for name, upload in found if name == self._target.prefix + key]
        return ids[-1] if ids else None

    def _find_parts(self, path: str, upload: str) -> dict[int, str]:
        parts: dict[int, str] = {}
        marker: str | None = None
        while True:
            query = [("uploadId", upload)]
            if marker is not None:
                query.append(("part-number-marker", marker))
            page, marker = self._ask(
                parse_parts, method="GET", path=path, query=query, purpose="list parts"
            )
            parts.update((one.number, one.etag) for one in page)
            if marker is None:
                return parts

    def _refuse_missing_bucket(self, answer: Answer) -> None:
        if b"<Code>NoSuchBucket</Code>" in answer.data:
            raise AssetbuildError(
                error(
                    "publish/no-bucket",
                    f"{self.label} does not exist",
                    hint="make the bucket, or correct its name in ASSETBUILD_S3_URL",
                )
            )


def _read_held(headers: Mapping[str, str]) -> Held:
    kept = {
        name: value
        for name, value in headers.items()
        if name in STORABLE or (name.startswith("x-amz-meta-") and name != NOTE)
    }
    kms = headers.get("x-amz-server-side-encryption", "").startswith("aws:kms")
    customer = "x-amz-server-side-encryption-customer-algorithm" in headers
    return Held(
        size=int(headers.get("content-length", "0")),
        etag=headers.get("etag", "").removeprefix("W/").strip('"'),
        headers=tuple(sorted(kept.items())),
        sha256=headers.get(NOTE),
        is_etag_md5=not (kms or customer),
    )


def _etag_of(answer: Answer) -> str:
    return answer.headers.get("etag", "").removeprefix("W/").strip('"')


def _check_put(answer: Answer, *, sha256: str, etag: str) -> str | None:
    """Compare what the store says it holds with what was sent; None: equal."""
    told = answer.headers.get("x-amz-checksum-sha256")
    if told is not None and told != base64.b64encode(bytes.fromhex(sha256)).decode():
        return "the store keeps other bytes than were sent (sha256 differs)"
    if not _read_held(answer.headers).is_etag_md5:
        return None
    held = _etag_of(answer)
    if len(held) == 32 and held != etag:
        return "the store keeps other bytes than were sent (ETag differs)"
    if not held:
        return "the store does not say what it holds (no ETag)"
    return None
