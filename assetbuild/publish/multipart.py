"""Large objects in parts: several at once, and a killed run's parts are found and used again.

In: a body. Out: the ETag of the joined object. Source: S3 user guide, multipart upload overview.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.publish.calls import Call, Caller
from assetbuild.publish.content import PART_SIZE, expected_etag, join_etags, read_blocks, to_send
from assetbuild.publish.parallel import run_all
from assetbuild.publish.s3_answers import NOTE, ask, check_put, etag_of, is_kept, read_held
from assetbuild.publish.s3_xml import (
    parse_completed,
    parse_parts,
    parse_upload_id,
    parse_uploads,
    write_complete,
)
from assetbuild.publish.store import Body

Fields = Sequence[tuple[str, str]]


class _GoneError(Exception):
    """The upload under way is not there any more: it was joined, or somebody ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upload:
    """A multipart upload under way."""

    path: str  # of the object, as requests name it
    id: str  # the store's
    body: Body  # what is sent
    held: Mapping[int, str]  # parts that an earlier run left: number -> ETag
    checks_content: bool  # the store refuses bytes that are not those of the signed digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part that the store has."""

    number: int  # 1-based
    etag: str  # as the store calls it
    is_etag_md5: bool  # False: encrypted with KMS


class PartsPutter:
    """Puts objects of a bucket in parts."""

    def __init__(self, caller: Caller, *, root: str, prefix: str, label: str) -> None:
        self._caller = caller
        self._root = root
        self._prefix = prefix
        self._label = label
        # one for all large files: threads hold a block of a file each, and begin when needed
        self._pool = ThreadPoolExecutor(max_workers=caller.at_once)

    def put(self, key: str, body: Body, fields: Fields, *, checks_content: bool) -> str:
        """Put a large file in parts; parts that an earlier, killed run left are used again."""
        path = f"{self._root}{self._prefix}{key}"
        found = self._find_upload(key)
        while True:
            upload = _Upload(
                path=path,
                id=found or self._begin(path, key, fields),
                body=body,
                held=self._find_parts(path, found) if found else {},
                checks_content=checks_content,
            )
            try:
                etag = self._complete(upload, key)
            except _GoneError:
                # another run joined it, or it was joined and the answer was lost
                if self._is_there(path, fields, expected_etag(body)):
                    return expected_etag(body)
            else:
                # it may have been begun when the headers were others; the parts do not tell
                if found is None or self._is_there(path, fields, etag):
                    return etag
            found = None

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _begin(self, path: str, key: str, fields: Fields) -> str:
        return ask(
            self._caller,
            parse_upload_id,
            method="POST",
            path=path,
            query=[("uploads", "")],
            headers=fields,
            purpose=f"put {key}",
        )

    def _complete(self, upload: _Upload, key: str) -> str:
        """Put what lacks, join the parts and return the ETag. Errors: _GoneError."""
        count = -(-upload.body.size // PART_SIZE)
        parts = run_all(partial(self._put_part, upload), range(1, count + 1), pool=self._pool)
        try:
            etag = ask(
                self._caller,
                parse_completed,
                method="POST",
                path=upload.path,
                query=[("uploadId", upload.id)],
                data=write_complete((one.number, one.etag) for one in parts),
                accept=frozenset({404}),
                purpose=f"put {key}",
            )
        except LookupError as failure:
            raise _GoneError from failure
        if not all(one.is_etag_md5 for one in parts):
            return etag
        joined = join_etags([one.etag for one in parts])
        if "-" in etag and etag != joined:
            raise AssetbuildError(
                error(
                    "publish/wrong-content",
                    f'{self._label} joined the parts of "{key}" to other bytes',
                    hint="run it again; the release is not recorded",
                )
            )
        return etag or joined  # Ceph 16 names none

    def _put_part(self, upload: _Upload, number: int) -> _Part:
        start = (number - 1) * PART_SIZE
        left = upload.held.get(number)
        # a store that holds what it gets against the signed digest needs no second digest
        needs_md5 = left is not None or not upload.checks_content
        sha256 = hashlib.sha256()
        md5 = hashlib.md5(usedforsecurity=False)
        for block in read_blocks(upload.body, start, PART_SIZE):
            sha256.update(block)
            if needs_md5:
                md5.update(block)
        if left == md5.hexdigest():
            return _Part(number=number, etag=left, is_etag_md5=True)
        # parts carry Content-MD5: a sha256 header needs an algorithm declared at the start, which
        # compatible stores refuse; the signed payload's sha256 is there
        headers = [("content-md5", base64.b64encode(md5.digest()).decode())] if needs_md5 else []
        answer = self._caller.call(
            Call(
                method="PUT",
                path=upload.path,
                query=[("partNumber", str(number)), ("uploadId", upload.id)],
                headers=headers,
                body=to_send(upload.body, start, PART_SIZE),
                sha256=sha256.hexdigest(),
                accept=frozenset({404}),
                purpose=f"put part {number}",
                check=partial(
                    check_put,
                    sha256=sha256.hexdigest(),
                    etag=md5.hexdigest() if needs_md5 else None,
                ),
            )
        )
        if answer.status == 404:
            raise _GoneError
        is_md5 = read_held(answer.headers).is_etag_md5
        return _Part(number=number, etag=etag_of(answer), is_etag_md5=is_md5)

    def _is_there(self, path: str, fields: Fields, etag: str) -> bool:
        """Tell whether the object is there with these headers and this ETag ("": any)."""
        answer = self._caller.call(
            Call(method="HEAD", path=path, accept=frozenset({404}), purpose="look at what was put")
        )
        if answer.status == 404:
            return False
        held = read_held(answer.headers)
        wanted = tuple(sorted(pair for pair in fields if is_kept(pair[0])))
        is_ours = held.headers == wanted and held.sha256 == dict(fields)[NOTE]
        return is_ours and etag in {"", held.etag}

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
        """Return what an upload under way has; nothing when it ended meanwhile."""
        parts: dict[int, str] = {}
        marker: str | None = None
        while True:
            query = [("uploadId", upload)]
            if marker is not None:
                query.append(("part-number-marker", marker))
            try:
                page, marker = ask(
                    self._caller,
                    parse_parts,
                    method="GET",
                    path=path,
                    query=query,
                    accept=frozenset({404}),
                    purpose="list parts",
                )
            except LookupError:
                return {}
            parts.update((one.number, one.etag) for one in page)
            if marker is None:
                return parts
