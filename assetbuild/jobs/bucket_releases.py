"""Bring earlier releases' hashed files from the bucket to a server that answers for them.

In: a project with its store, its output folder, a folder to fill. Out: what lies in it now.
Effects in order, no decisions.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from assetbuild.assets.manifest import MANIFEST_NAME, digest_manifest
from assetbuild.assets.model import Manifest
from assetbuild.files import atomic_write
from assetbuild.jobs.publish import Place, open_place
from assetbuild.publish.ledger import RELEASES, ReleaseRecord, name_manifest
from assetbuild.publish.release import read_records
from assetbuild.publish.target import FileTarget
from assetbuild.reporting import JsonReporter
from assetbuild.scratch import PromisedFolder
from assetbuild.serve.previous import (
    Kept,
    file_path,
    list_added,
    manifest_path,
    read_manifest,
    read_previous,
    restore_previous,
)

_RECORDS_READ = 20


def fetch_releases(project: Path, env: Mapping[str, str], folder: PromisedFolder) -> Kept | None:
    """Bring what ``[serve] keep_previous`` asks for; None where no bucket is configured.

    Errors: those of the configuration, the environment and the store; FolderEndedError.
    """
    # on a dyno a missing bucket is an error for who publishes; a server does without
    quiet = JsonReporter(io.StringIO())
    place = open_place(project, {k: v for k, v in env.items() if k != "DYNO"}, quiet)
    try:
        if isinstance(place.target, FileTarget) and place.target.is_default:
            return None
        return _fetch(place, project / place.config.assets.output, folder)
    finally:
        place.store.close()


def _fetch(place: Place, output: Path, folder: PromisedFolder) -> Kept:
    config = place.config
    # what lies in the output folder is not fetched again
    current = read_manifest(output / MANIFEST_NAME)
    limit = config.serve.keep_previous_mb * 1_000_000
    known = {digest_manifest(one) for one in (current, *read_previous(output))}
    wanted: list[str] = []
    for record in reversed(_read_newest(place)):
        # another form of variants lies in the bucket under other names, or not at all
        if record.manifest in known or record.variants != "separate":
            continue
        if len(wanted) < config.serve.keep_previous:
            known.add(record.manifest)
            wanted.append(record.manifest)
            _fetch_release(place, record.manifest, current, folder, limit)
    with folder.writing():
        return restore_previous(folder.path, _store_in(folder), current, wanted, limit_bytes=limit)


def _store_in(folder: PromisedFolder) -> Path:
    return folder.path / "store"


def _read_newest(place: Place) -> list[ReleaseRecord]:
    names = sorted(one.key for one in place.store.list_objects(RELEASES))
    # the same build may be recorded several times: by a rollback, by another app
    newest = names[-_RECORDS_READ:]
    return read_records(place.store, newest, place.config.publish.workers)


def _fetch_release(
    place: Place, digest: str, current: Manifest, folder: PromisedFolder, limit_bytes: int
) -> None:
    data = place.store.read(name_manifest(digest))
    if data is None:
        return
    store = _store_in(folder)
    path = manifest_path(store, digest)
    with folder.writing():
        atomic_write(path, data)
    added = list_added(read_manifest(path), current)
    if sum(one.size for one in added) > limit_bytes:
        return
    for one in added:
        # what is missing or wrong is seen when the release is put together
        if not file_path(store, one).exists():
            data = place.store.read(one.path) or b""
            with folder.writing():
                atomic_write(file_path(store, one), data)
