"""The S3 store: AWS and everything that speaks its protocol.

In: an S3Target. Out: a Store. Requests go through publish.calls; quirks are named settings of the
target. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

from assetbuild.diagnostics import AssetbuildError
from assetbuild.digests import sha256_hex
from assetbuild.publish.calls import Call, Caller, tell_no_bucket
from assetbuild.publish.content import MULTIPART_FROM, check_source, expected_etag, to_send
from assetbuild.publish.headers import Headers
from assetbuild.publish.multipart import PartsPutter
from assetbuild.publish.parallel import run_all
from assetbuild.publish.s3_answers import NOTE, ask, check_put, etag_of, read_held
from assetbuild.publish.s3_xml import parse_deleted, parse_list, write_delete
from assetbuild.publish.store import (
    Abilities,
    Body,
    DeleteFailure,
    Fetched,
    Held,
    Listed,
    PutResult,
)
from assetbuild.publish.target import S3Target
from assetbuild.publish.wire import Answer

_BATCH = 1000  # keys that DeleteObjects takes at most
_DELETERS = 8  # requests at once where keys go one by one


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
        self._checks_content = False
        self._root = f"/{target.bucket}/" if target.path_style else "/"
        self._parts = PartsPutter(caller, root=self._root, prefix=target.prefix, label=target.label)

    @property
    def label(self) -> str:
        return self._target.label

    @property
    def requests(self) -> int:
        return self._caller.requests

    @property
    def told_time(self) -> datetime | None:
        return self._caller.told_time

    @property
    def notes(self) -> tuple[str, ...]:
        """What was corrected on the way: clock, region."""
        return tuple(self._caller.notes)

    @property
    def checks_content(self) -> bool:
        return self._checks_content

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
            page = ask(
                self._caller,
                parse_list,
                path=self._root,
                method="GET",
                query=query,
                purpose="list the bucket",
            )
            for key, size, etag, modified_ms in page.objects:
                yield Listed(key=key[start:], size=size, etag=etag, modified_ms=modified_ms)
            token = page.next_token
            if token is None:
                return

    def read(self, key: str) -> bytes | None:
        answer = self._ask_for("GET", key, "read")
        if answer.status == 404:
            self._refuse_missing_bucket(answer)
            return None
        return answer.data

    def describe(self, key: str) -> Held | None:
        answer = self._ask_for("HEAD", key, "look at")
        if answer.status == 404:
            return None
        return read_held(answer.headers)

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
            etag = self._parts.put(key, body, fields, checks_content=self._checks_content)
            return PutResult(is_created=True, etag=etag)
        if only_if_absent and self._has_conditional:
            fields.append(("if-none-match", "*"))
        # a store that refuses other bytes than the signed digest's needs no second digest; one
        # that was not seen to is held to the MD5 it answers with
        wanted = None if self._checks_content else expected_etag(body)
        fields.extend(self._checksum(body))
        answer = self._caller.call(
            Call(
                method="PUT",
                path=self._path(key),
                headers=fields,
                body=to_send(body),
                sha256=body.sha256,
                accept=frozenset({412}) if only_if_absent else frozenset(),
                purpose=f"put {key}",
                check=partial(check_put, sha256=body.sha256, etag=wanted),
                recheck=partial(check_source, body),
            )
        )
        if answer.status == 412:
            return PutResult(is_created=False)
        return PutResult(is_created=True, etag=etag_of(answer))

    def delete(self, keys: Sequence[str]) -> tuple[DeleteFailure, ...]:
        if len(keys) == 1:
            return self._delete_one(keys[0])
        failed: list[DeleteFailure] = []
        for at in range(0, len(keys), _BATCH):
            batch = keys[at : at + _BATCH]
            refused = self._delete_many(batch)
            if refused is None:
                for found in run_all(self._try_delete_one, batch, workers=_DELETERS):
                    failed.extend(found)
            else:
                failed.extend(refused)
        return tuple(failed)

    def _delete_one(self, key: str) -> tuple[DeleteFailure, ...]:
        self._ask_for("DELETE", key, "delete")
        return ()

    def _try_delete_one(self, key: str) -> tuple[DeleteFailure, ...]:
        try:
            return self._delete_one(key)
        except AssetbuildError as failure:
            return (DeleteFailure(key=key, reason=failure.diagnostics[0].message),)

    def _delete_many(self, keys: Sequence[str]) -> tuple[DeleteFailure, ...] | None:
        """Delete up to a thousand keys; None: the store wants them one by one.

        Some stores do not know the request, and Ceph asks for a right on the whole bucket.
        """
        start = len(self._target.prefix)
        try:
            refused = ask(
                self._caller,
                parse_deleted,
                path=self._root,
                method="POST",
                query=[("delete", "")],
                data=write_delete([self._target.prefix + key for key in keys]),
                purpose="delete objects",
            )
        except AssetbuildError as failure:
            if failure.diagnostics[0].code in {"publish/access-denied", "publish/refused"}:
                return None
            raise
        return tuple(DeleteFailure(key=key[start:], reason=code) for key, code in refused)

    def probe(self, key: str) -> Abilities:
        data = b"probe"
        digest = sha256_hex(data)
        lie = sha256_hex(b"other")

        def put(headers: Sequence[tuple[str, str]], sha256: str, *, accept: Iterable[int]) -> int:
            return self._caller.call(
                Call(
                    method="PUT",
                    path=self._path(key),
                    headers=headers,
                    body=data,
                    sha256=sha256,
                    accept=frozenset(accept),
                    purpose="probe the store",
                )
            ).status

        put((), digest, accept=())  # whoever may not write hears it here
        conditional = put((("if-none-match", "*"),), digest, accept=(400, 412, 501))
        lied = put((), lie, accept=(400, 403))
        return Abilities(conditional_put=conditional == 412, content_check=lied in {400, 403})

    def use_abilities(self, abilities: Abilities) -> None:
        self._checks_content = abilities.content_check
        if self._target.conditional == "auto":
            self._has_conditional = abilities.conditional_put

    def put_configuration(self, name: str, data: bytes) -> None:
        """Put a sub-resource of the bucket, as "cors"."""
        ask(
            self._caller,
            lambda _: None,
            path=self._root,
            method="PUT",
            query=[(name, "")],
            data=data,
            purpose=f"set {name}",
        )

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
        self._parts.close()
        self._caller.close()

    def _ask_for(self, method: str, key: str, verb: str) -> Answer:
        """Send a request about one object; 404 is an answer."""
        return self._caller.call(
            Call(
                method=method,
                path=self._path(key),
                accept=frozenset({404}),
                purpose=f"{verb} {key}",
            )
        )

    def _path(self, key: str) -> str:
        return f"{self._root}{self._target.prefix}{key}"

    def _checksum(self, body: Body) -> Iterable[tuple[str, str]]:
        """Yield the header that makes the store check what arrived."""
        if self._target.checksum == "sha256":
            value = base64.b64encode(bytes.fromhex(body.sha256)).decode()
            yield "x-amz-checksum-sha256", value
        elif self._target.checksum == "md5":
            yield "content-md5", base64.b64encode(bytes.fromhex(expected_etag(body))).decode()

    def _refuse_missing_bucket(self, answer: Answer) -> None:
        if b"<Code>NoSuchBucket</Code>" in answer.data:
            raise AssetbuildError(tell_no_bucket(self.label))
