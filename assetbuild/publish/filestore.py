"""The embedded store: a folder that behaves as a bucket does.

In: a folder. Out: a Store. Headers and ETags lie in a note beside the objects, so the dev server
and ``verify`` can send what a bucket would. Refuses to know: networks.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.digests import sha256_hex
from assetbuild.files import atomic_copy, atomic_write
from assetbuild.jsontype import parse_json
from assetbuild.locks import hold_lock
from assetbuild.publish.content import body_of_file, expected_etag
from assetbuild.publish.headers import Headers
from assetbuild.publish.store import (
    Abilities,
    Body,
    DeleteFailure,
    Fetched,
    Held,
    Listed,
    PutResult,
)
from assetbuild.trees import remove_tree
from assetbuild.walking import walk_files

_NOTES = ".assetbuild-notes"


class FileStore:
    """Objects as files below a folder (publish.store.Store)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._requests = 0

    @property
    def label(self) -> str:
        return f"file://{self._root}"

    @property
    def requests(self) -> int:
        return self._requests

    @property
    def told_time(self) -> datetime | None:
        return None  # its files bear this machine's time

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing needs correcting."""
        return ()

    @property
    def checks_content(self) -> bool:
        return False  # it copies what it is given

    def list_objects(self, prefix: str = "") -> Iterator[Listed]:
        self._count()
        if not self._root.is_dir():
            return
        found = walk_files(self._root, skip_folder=lambda folder: folder == _NOTES)
        for one in sorted(found, key=lambda each: each.relative):
            if one.relative.startswith(prefix) and "/.tmp-" not in f"/{one.relative}":
                held = self._held(one.relative)
                if held is not None:
                    yield Listed(
                        key=one.relative,
                        size=one.size,
                        etag=held.etag,
                        modified_ms=one.mtime_ns // 1_000_000,
                    )

    def read(self, key: str) -> bytes | None:
        self._count()
        path = self._root / key
        return path.read_bytes() if path.is_file() else None

    def describe(self, key: str) -> Held | None:
        self._count()
        return self._held(key)

    def fetch(self, key: str, *, origin: str) -> Fetched:
        self._count()
        held = self._held(key)
        if held is None:
            return Fetched(status=404, headers={}, sha256="", size=0)
        body = body_of_file(self._root / key)
        return Fetched(status=200, headers=dict(held.headers), sha256=body.sha256, size=body.size)

    def put(
        self, key: str, body: Body, headers: Headers, *, only_if_absent: bool = False
    ) -> PutResult:
        self._count()
        path = self._root / key
        try:
            with hold_lock(self._root / _NOTES / ".lock"):
                if only_if_absent and path.exists():
                    return PutResult(is_created=False)
                # the note goes first away: a kill between the two leaves an object without a
                # note, which is described by its bytes and has no headers, so it is put again
                remove_tree(self._note_path(key))
                if body.data is not None:
                    atomic_write(path, body.data)
                else:
                    assert body.file is not None
                    atomic_copy(body.file, path)
                status = path.stat()
                etag = expected_etag(body)
                note = {
                    "etag": etag,
                    "sha256": body.sha256,
                    "headers": [list(pair) for pair in headers],
                    "state": [status.st_size, status.st_mtime_ns],
                }
                atomic_write(self._note_path(key), json.dumps(note).encode())
        except OSError as failure:
            raise AssetbuildError(
                error(
                    "publish/access-denied",
                    f'cannot write "{key}" to {self.label}: {failure.strerror}',
                    hint="check the folder's permissions and the space on its disk",
                )
            ) from failure
        return PutResult(is_created=True, etag=etag)

    def delete(self, keys: Sequence[str]) -> tuple[DeleteFailure, ...]:
        self._count()
        failed: list[DeleteFailure] = []
        for key in keys:
            try:
                remove_tree(self._root / key)
                remove_tree(self._note_path(key))
            except OSError as failure:
                failed.append(DeleteFailure(key=key, reason=failure.strerror or str(failure)))
        return tuple(failed)

    def probe(self, key: str) -> Abilities:
        return Abilities(conditional_put=True, content_check=False)

    def use_abilities(self, abilities: Abilities) -> None:
        return

    def close(self) -> None:
        return

    def _held(self, key: str) -> Held | None:
        path = self._root / key
        try:
            status = path.stat()
        except OSError:
            return None
        try:
            note = parse_json(self._note_path(key).read_bytes())
            if note["state"] == [status.st_size, status.st_mtime_ns]:
                return Held(
                    size=status.st_size,
                    etag=str(note["etag"]),
                    headers=tuple((str(name), str(value)) for name, value in note["headers"]),
                    sha256=str(note["sha256"]),
                    is_etag_md5=True,
                )
        except (OSError, ValueError, KeyError, TypeError):
            pass  # no note, or not ours: the bytes speak for themselves
        body = body_of_file(path)
        return Held(
            size=body.size,
            etag=expected_etag(body),
            headers=(),
            sha256=body.sha256,
            is_etag_md5=True,
        )

    def _note_path(self, key: str) -> Path:
        # by digest: "a" and "a/b" cannot both be files, and names may be as long as a disk allows
        return self._root / _NOTES / f"{sha256_hex(key.encode())}.json"

    def _count(self) -> None:
        with self._lock:
            self._requests += 1
