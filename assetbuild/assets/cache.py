"""Results of steps, remembered by content in a folder that many builds share.

In: a step's key (digest of its own inputs), what it was found to depend on, its results. Out: the
results again, when every dependency still holds. Two levels, as compiler caches have: a *step
file* lists, for one key, the sets of dependencies met so far and the result of each; a *blob* is
named by the sha256 of its bytes. Everything read is verified; what does not verify is removed,
told, and made anew. Refuses to know: languages, and what the results mean.

Nothing here needs a lock: files appear by rename, and a lost update is only a later miss.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetbuild.assets.dep_rows import pack_dep, unpack_dep
from assetbuild.assets.model import Dep
from assetbuild.diagnostics import Diagnostic, warning
from assetbuild.digests import sha256_hex
from assetbuild.files import atomic_write
from assetbuild.jsontype import Json
from assetbuild.walking import walk_files

FORMAT = "v1"  # name of the folder below the cache: another format lives beside it
_MAX_ALTERNATIVES = 8  # sets of dependencies kept for a key; more branches than that rebuild
_TOUCH_AFTER_S = 3600  # a hit renews an entry's time at most this often
_STALE_TEMPORARY_S = 3600  # age at which a temporary file is a killed build's leaving
_PRUNE_EVERY_S = 24 * 3600
_PRUNED_STAMP = "last-pruned"
_PRUNE_TO = 0.8  # part of the limit that pruning leaves, so that it is seldom needed


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedResult:
    """What a step made."""

    deps: tuple[Dep, ...]  # all that was read or looked for beyond the key; sorted, unique
    meta: Json  # small facts: media type, diagnostics, references
    blobs: Mapping[str, bytes]  # "content", "map", … -> bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """What a cache folder holds."""

    folder: str  # absolute
    files: int  # step files and blobs
    size_bytes: int  # of all of them


class BuildCache:
    """A cache folder. It is made with its first entry; when it cannot be written, one warning."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._root = folder
        self._folder = folder / FORMAT
        self._clock = clock
        self._found: dict[str, Diagnostic] = {}
        self._has_written = False

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings about the cache itself, met so far."""
        return tuple(self._found.values())

    def load(self, key: str, holds: Callable[[Dep], bool]) -> CachedResult | None:
        """Return the remembered result whose dependencies all hold, or None."""
        path = self._step_path(key)
        for alternative in self._read_step(path):
            try:
                deps = tuple(map(unpack_dep, alternative["deps"]))
                if not all(holds(dep) for dep in deps):
                    continue
                digests: dict[str, str] = alternative["blobs"]
                blobs = {name: self._read_blob(digest) for name, digest in digests.items()}
                meta: Json = alternative["meta"]
            except (KeyError, TypeError, ValueError, AttributeError):
                self._tell_corrupt(path)
                return None
            whole = {name: data for name, data in blobs.items() if data is not None}
            if len(whole) < len(blobs):
                return None
            self._touch(path)
            for digest in digests.values():
                self._touch(self._blob_path(digest))
            return CachedResult(deps=deps, meta=meta, blobs=whole)
        return None

    def store(self, key: str, result: CachedResult) -> None:
        """Remember a result; a full or read-only disk is told once and otherwise ignored."""
        path = self._step_path(key)
        deps = [pack_dep(dep) for dep in result.deps]
        digests = {name: sha256_hex(data) for name, data in sorted(result.blobs.items())}
        alternative = {"deps": deps, "meta": result.meta, "blobs": digests}
        others = [one for one in self._read_step(path) if one.get("deps") != deps]
        document = [alternative, *others[: _MAX_ALTERNATIVES - 1]]
        body = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()
        try:
            # blobs first: a step file never names one that is not there yet
            for name, digest in digests.items():
                target = self._blob_path(digest)
                if not target.exists():
                    atomic_write(target, result.blobs[name], mode=0o600)
            atomic_write(path, f"{sha256_hex(body)}\n".encode() + body, mode=0o600)
            self._has_written = True
        except OSError as failure:
            self._found["unwritable"] = warning(
                "cache/unwritable",
                f'cannot write the cache "{self._root}": {failure.strerror}',
                hint="name another folder with --cache-dir or ASSETBUILD_CACHE_DIR",
            )

    def info(self) -> CacheInfo:
        """Count what is there."""
        found = list(self._walk())
        return CacheInfo(
            folder=str(self._root), files=len(found), size_bytes=sum(size for _, _, size in found)
        )

    def prune(self, max_bytes: int) -> CacheInfo:
        """Remove the entries used longest ago until ``max_bytes`` suffice; tell what is left."""
        now = self._clock()
        kept = []
        for used_at, path, size in sorted(self._walk()):
            if os.path.basename(path).startswith(".tmp-") and now - used_at > _STALE_TEMPORARY_S:
                _remove(path)
            else:
                kept.append((used_at, path, size))
        total = sum(size for _, _, size in kept)
        count = len(kept)
        for _, path, size in kept:
            if total <= max_bytes:
                break
            _remove(path)
            total -= size
            count -= 1
        with contextlib.suppress(OSError):
            atomic_write(self._folder / _PRUNED_STAMP, b"")
        return CacheInfo(folder=str(self._root), files=count, size_bytes=total)

    def prune_when_due(self, max_bytes: int) -> None:
        """Prune when something was written and the last time is a day ago."""
        if not self._has_written:
            return
        try:
            pruned_at = os.stat(self._folder / _PRUNED_STAMP).st_mtime
        except OSError:
            pruned_at = 0.0
        if self._clock() - pruned_at > _PRUNE_EVERY_S:
            if self.info().size_bytes > max_bytes:
                self.prune(int(max_bytes * _PRUNE_TO))
            else:
                self.prune(max_bytes)

    def _step_path(self, key: str) -> Path:
        return self._folder / "steps" / key[:2] / key

    def _blob_path(self, digest: str) -> Path:
        return self._folder / "blobs" / digest[:2] / digest

    def _read_step(self, path: Path) -> Sequence[dict[str, Any]]:
        try:
            data = path.read_bytes()
        except OSError:
            return ()
        digest, _, body = data.partition(b"\n")
        if digest.decode("ascii", "replace") == sha256_hex(body):
            document = json.loads(body)
            if isinstance(document, list):
                return document
        self._tell_corrupt(path)
        return ()

    def _read_blob(self, digest: str) -> bytes | None:
        path = self._blob_path(digest)
        try:
            data = path.read_bytes()
        except OSError:
            return None  # pruned
        if sha256_hex(data) != digest:
            self._tell_corrupt(path)
            return None
        return data

    def _tell_corrupt(self, path: Path) -> None:
        _remove(str(path))
        name = path.relative_to(self._root).as_posix()
        self._found[name] = warning(
            "cache/corrupt",
            f'the cache entry "{name}" is damaged; it was removed and is made anew',
            hint="if this comes again, look at the disk",
        )

    def _touch(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            if self._clock() - os.stat(path).st_mtime > _TOUCH_AFTER_S:
                os.utime(path)

    def _walk(self) -> Iterator[tuple[float, str, int]]:
        if self._folder.is_dir():
            for file in walk_files(self._folder):
                if file.relative != _PRUNED_STAMP:
                    yield (file.mtime_ns / 1e9, file.path, file.size)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
