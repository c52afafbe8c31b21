"""Earlier releases' hashed files, kept beside the current ones, so that pages of yesterday still work.

In: an output folder with its manifest, a store that lasts from build to build. Out: the earlier
releases' files in the output folder, ``previous/DIGEST.json`` for each, and the current release in
the store. Refuses to know: buildpacks, buckets, requests.

The store holds ``order.json`` (digests, newest first), ``manifests/DIGEST.json`` and
``files/SHA256``: bytes that several releases share lie there once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.manifest import MANIFEST_NAME, digest_manifest, parse_manifest
from assetbuild.assets.model import Manifest
from assetbuild.diagnostics import AssetbuildError
from assetbuild.files import atomic_copy, atomic_write, hash_file
from assetbuild.trees import remove_tree

PREVIOUS = "previous"
"""Folder in the output folder: manifests of earlier builds whose hashed files are kept."""

_ORDER = "order.json"
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What of earlier releases lies in the output folder now."""

    releases: int  # earlier releases whose files are all there
    files: int  # files of theirs that the current release does not have
    size_bytes: int  # of those files
    left_out: int  # earlier releases that did not fit, or whose files are damaged


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file of a release whose name tells its bytes."""

    path: str  # hashed path below the output folder
    sha256: str  # hex digits, of its bytes
    size: int  # bytes


def keep_previous(output: Path, store: Path, *, keep: int, limit_bytes: int) -> Kept:
    """Put up to ``keep`` earlier releases into the output folder, then the current into the store.

    Twice with the same build is the same as once. A release is kept whole or not at all, the
    newest first, while the files that it adds fit ``limit_bytes``.
    """
    current = read_manifest(output / MANIFEST_NAME)
    _forget(output, current)
    if keep <= 0:
        remove_tree(store)
        return Kept(releases=0, files=0, size_bytes=0, left_out=0)
    digest = digest_manifest(current)
    earlier = [one for one in _read_order(store) if one != digest][:keep]
    kept = restore_previous(output, store, current, earlier, limit_bytes=limit_bytes)
    _save(output, store, current, [digest, *earlier], limit_bytes)
    return kept


def read_previous(folder: Path) -> tuple[Manifest, ...]:
    """Return the manifests of earlier builds that are kept; a damaged one is left out.

    Newest first cannot be told, and need not: a hashed path names the same bytes in all of them.
    """
    found = (_try_manifest(path) for path in _list_previous(folder))
    return tuple(one for one in found if one is not None)


def _list_previous(folder: Path) -> list[Path]:
    # an app may have assets in a folder of that name: ours are named by a digest alone
    found = (folder / PREVIOUS).glob("*.json")
    return sorted(one for one in found if _DIGEST.fullmatch(one.stem))


def _forget(output: Path, current: Manifest) -> None:
    """Remove what an earlier run put into an output folder that lasts."""
    names = _taken_names(current)
    for path in _list_previous(output):
        manifest = _try_manifest(path)
        for one in _hashed_files(manifest) if manifest is not None else ():
            if one.path not in names:
                (output / one.path).unlink(missing_ok=True)
        path.unlink()


def _taken_names(manifest: Manifest) -> set[str]:
    names = {entry.hashed for entry in manifest.entries.values()}
    return names | {one.path for one in _hashed_files(manifest)}


def restore_previous(
    output: Path, store: Path, current: Manifest, earlier: Iterable[str], *, limit_bytes: int
) -> Kept:
    """Put releases of a store, by their digests, into a folder, each whole or not at all."""
    taken = _taken_names(current)
    releases = files = size = left_out = 0
    for digest in earlier:
        manifest = _try_manifest(manifest_path(store, digest))
        added = (
            [one for one in _hashed_files(manifest) if one.path not in taken] if manifest else []
        )
        more = sum(one.size for one in added)
        if manifest is None or size + more > limit_bytes or not _has_all(store, added):
            left_out += 1
            continue
        for one in added:
            atomic_copy(file_path(store, one), output / one.path)
        # last: it says that they are there
        atomic_copy(manifest_path(store, digest), output / PREVIOUS / f"{digest}.json")
        taken |= {one.path for one in added}
        releases, files, size = releases + 1, files + len(added), size + more
    return Kept(releases=releases, files=files, size_bytes=size, left_out=left_out)


def _save(output: Path, store: Path, current: Manifest, order: list[str], limit_bytes: int) -> None:
    wanted: dict[str, int] = {}
    saved: list[str] = []
    for digest in order:
        manifest = current if digest == order[0] else _try_manifest(manifest_path(store, digest))
        if manifest is None:
            continue
        needed = {one.sha256: one.size for one in _hashed_files(manifest)}
        # the current one, and as much of the earlier: what is larger could never be put back
        if sum({**wanted, **needed}.values()) > (2 if saved else 1) * limit_bytes:
            continue
        wanted |= needed
        saved.append(digest)
    if order[0] in saved:
        for one in _hashed_files(current):
            if not (file_path(store, one)).is_file():
                atomic_copy(output / one.path, file_path(store, one))
        atomic_copy(output / MANIFEST_NAME, manifest_path(store, order[0]))
    atomic_write(store / _ORDER, json.dumps(saved).encode())
    for path in (store / "files").glob("*"):
        if path.name not in wanted:
            path.unlink()
    for path in (store / "manifests").glob("*"):
        if path.stem not in saved:
            path.unlink()


def list_added(manifest: Manifest, current: Manifest) -> list[HashedFile]:
    """Return a release's hashed files that the current one does not have."""
    taken = _taken_names(current)
    return [one for one in _hashed_files(manifest) if one.path not in taken]


def _hashed_files(manifest: Manifest) -> Iterator[HashedFile]:
    for entry in manifest.entries.values():
        if entry.is_hashed:
            yield HashedFile(entry.hashed, entry.sha256, entry.size)
            for variant in entry.variants.values():
                yield HashedFile(variant.path, variant.sha256, variant.size)


def _has_all(store: Path, files: Iterable[HashedFile]) -> bool:
    """Tell whether the store holds the files, byte for byte: caches are cut and cleared."""
    try:
        return all(hash_file(file_path(store, one)) == one.sha256 for one in files)
    except OSError:
        return False


def file_path(store: Path, one: HashedFile) -> Path:
    """Return where a store keeps a file."""
    return store / "files" / one.sha256


def manifest_path(store: Path, digest: str) -> Path:
    """Return where a store keeps the manifest of a release."""
    return store / "manifests" / f"{digest}.json"


def _read_order(store: Path) -> list[str]:
    try:
        order = json.loads((store / _ORDER).read_bytes())
    except (OSError, ValueError):
        return []
    texts = [one for one in order if isinstance(one, str)] if isinstance(order, list) else []
    return [one for one in texts if _DIGEST.fullmatch(one)]


def read_manifest(path: Path) -> Manifest:
    """Read a manifest. Errors: OSError, ``manifest/corrupt``, ``manifest/schema``."""
    return parse_manifest(path.read_bytes(), file=str(path))


def _try_manifest(path: Path) -> Manifest | None:
    try:
        return read_manifest(path)
    except (OSError, AssetbuildError):
        return None
