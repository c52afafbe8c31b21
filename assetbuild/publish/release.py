"""A release: what is to be published, and the record in the store that says it is.

In: a build's manifest and items, a Store. Out: the record, written and read. Refuses to know: how
objects get there. What is in a record, and what it is called: ledger.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.publish.content import body_of_bytes, expected_etag
from assetbuild.publish.items import Item
from assetbuild.publish.ledger import (
    RELEASES,
    Known,
    ReleaseRecord,
    dump_record,
    name_manifest,
    name_record,
    parse_record,
)
from assetbuild.publish.parallel import run_all
from assetbuild.publish.store import Listed, Store

CONTROL_HEADERS = (("cache-control", "no-store"), ("content-type", "application/json"))
"""Of objects that are for us alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is to be published."""

    manifest_data: bytes = field(repr=False)  # bytes of manifest.json
    manifest: str  # their sha256: the id
    items: tuple[Item, ...]  # sorted by rank, key
    folder: Path  # output folder that holds the items' files
    app: str  # name of the app, or ""
    source: str  # version of the source, or ""
    variants: str  # how variants are stored


def says_the_same(latest: ReleaseRecord | None, release: Release) -> bool:
    """Tell whether the newest record stands for this very release."""
    return (
        latest is not None
        and latest.manifest == release.manifest
        and latest.source == release.source
        and latest.variants == release.variants
        and latest.objects.keys() == {one.key for one in release.items}
    )


def list_changed(release: Release, latest: ReleaseRecord | None) -> tuple[str, ...]:
    """Return the unhashed keys that differ from what the last release recorded; sorted.

    Compared with the record, not with what this run puts: a run that was killed before it could
    tell the CDN has put them already.
    """
    before: Mapping[str, Known] = {} if latest is None else latest.objects
    changed = []
    for item in release.items:
        fact = before.get(item.key)
        if item.is_hashed or (
            fact is not None and fact.sha256 == item.sha256 and fact.headers == item.headers_digest
        ):
            continue
        changed.append(item.key)
    return tuple(sorted(changed))


def write_record(
    release: Release, store: Store, listed: Mapping[str, Listed], time: datetime
) -> str:
    """Put the manifest, then the record, and read both back; return the record's key.

    ``listed`` holds every object of the release. Errors: ``publish/vanished``.
    """
    name = name_record(time, release.app, release.manifest)
    record = ReleaseRecord(
        name=name,
        time=time,
        app=release.app,
        manifest=release.manifest,
        source=release.source,
        variants=release.variants,
        objects={item.key: _fact(item, listed[item.key]) for item in release.items},
    )
    manifest_key = name_manifest(release.manifest)
    pairs = [(manifest_key, release.manifest_data), (name, dump_record(record))]
    for key, data in pairs:
        there = listed.get(key)
        body = body_of_bytes(data)
        if there is None or there.etag != expected_etag(body):
            store.put(key, body, CONTROL_HEADERS)
        if store.read(key) != data:
            raise AssetbuildError(
                error(
                    "publish/vanished",
                    f'{store.label} said it stored "{key}", but gives other bytes back',
                    hint="run it again; see what else writes to the bucket",
                )
            )
    return name


def _fact(item: Item, there: Listed) -> Known:
    return Known(there.size, there.etag, there.modified_ms, item.sha256, item.headers_digest)


def read_records(store: Store, listed: Iterable[str], workers: int) -> list[ReleaseRecord]:
    """Read every release record of a listing, oldest first."""
    names = sorted(name for name in listed if name.startswith(RELEASES))

    def read(name: str) -> ReleaseRecord | None:
        data = store.read(name)
        return None if data is None else parse_record(name, data)

    return [one for one in run_all(read, names, workers=workers) if one is not None]
