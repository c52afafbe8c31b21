"""Large objects in parts: a killed run's parts are found and used again.

In: a body. Out: the ETag of the joined object. Source: S3 user guide, multipart upload overview.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.publish.calls import Call, Caller
from assetbuild.publish.content import PART_SIZE, join_etags, read_blocks
from assetbuild.publish.s3_answers import ask, check_put
from assetbuild.publish.s3_xml import (
    parse_completed,
    parse_parts,
    parse_upload_id,
    parse_uploads,
    write_complete,
)
from assetbuild.publish.store import Body


class PartsPutter:
    """Puts objects of a bucket in parts."""

    def __init__(self, caller: Caller, *, root: str, prefix: str, label: str) -> None:
        self._caller = caller
        self._root = root
        self._prefix = prefix
        self._label = label

    def put(self, key: str, body: Body, fields: Sequence[tuple[str, str]]) -> str:
        """Put a large file in parts; parts that an earlier, killed run left are used again."""
        path = f"{self._root}{self._prefix}{key}"
        held: dict[int, str] = {}
        upload = self._find_upload(key)
        if upload is None:
            upload = ask(
                self._caller,
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
        etag = ask(
            self._caller,
            parse_completed,
            method="POST",
            path=path,
            query=[("uploadId", upload)],
            data=write_complete(done),
            purpose=f"put {key}",
        )
        if "-" in etag and etag != join_etags([md5 for _, md5 in done]):
            raise AssetbuildError(
                error(
                    "publish/wrong-content",
                    f'{self._label} joined the parts of "{key}" to other bytes',
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
                    check=partial(check_put, sha256=sha256.hexdigest(), etag=etag),
                )
            )
        return number, etag

    def _find_upload(self, key: str) -> str | None:
        found = ask(
            self._caller,
            parse_uploads,
            path=self._root,
            method="GET",
            query=[("uploads", ""), ("prefix", self._prefix + key)],
            purpose="look for an unfinished upload",
        )
        ids = [upload for name, upload in found if name == self._prefix + key]
        return ids[-1] if ids else None

    def _find_parts(self, path: str, upload: str) -> dict[int, str]:
        parts: dict[int, str] = {}
        marker: str | None = None
        while True:
            query = [("uploadId", upload)]
            if marker is not None:
                query.append(("part-number-marker", marker))
            page, marker = ask(
                self._caller,
                parse_parts,
                method="GET",
                path=path,
                query=query,
                purpose="list parts",
            )
            parts.update((one.number, one.etag) for one in page)
            if marker is None:
                return parts
