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


def fetch_releases(project: Path, env: Mapping[str, str], folder: Path) -> Kept | None:
    """Bring what ``[serve] keep_previous`` asks for; None where no bucket is configured.

    Errors: those of the configuration, the environment and the store.
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


def _fetch(place: Place, output: Path, folder: Path) -> Kept:
    config = place.config
    # what lies in the output folder is not fetched again
    current = read_manifest(output / MANIFEST_NAME)
    limit = config.serve.keep_previous_mb * 1_000_000
    known = {digest_manifest(one) for one in (current, *read_previous(output))}
    store = folder / "store"
    wanted: list[str] = []
    for record in reversed(_read_newest(place)):
        # another form of variants lies in the bucket under other names, or not at all
        if record.manifest in known or record.variants != "separate":
            continue
        if len(wanted) < config.serve.keep_previous:
            known.add(record.manifest)
            wanted.append(record.manifest)
            _fetch_release(place, record.manifest, current, store, limit)
    return restore_previous(folder, store, current, wanted, limit_bytes=limit)


def _read_newest(place: Place) -> list[ReleaseRecord]:
    names = sorted(one.key for one in place.store.list_objects(RELEASES))
    # the same build may be recorded several times: by a rollback, by another app
    newest = names[-_RECORDS_READ:]
    return read_records(place.store, newest, place.config.publish.workers)


def _fetch_release(
    place: Place, digest: str, current: Manifest, store: Path, limit_bytes: int
) -> None:
    data = place.store.read(name_manifest(digest))
    if data is None:
        return
    path = manifest_path(store, digest)
    atomic_write(path, data)
    added = list_added(read_manifest(path), current)
    if sum(one.size for one in added) > limit_bytes:
        return
    for one in added:
        # what is missing or wrong is seen when the release is put together
        if not file_path(store, one).exists():
            atomic_write(file_path(store, one), place.store.read(one.path) or b"")
