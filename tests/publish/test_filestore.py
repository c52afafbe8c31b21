"""The embedded store, and whole uploads into it: what needs no server to be seen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from assetbuild.digests import sha256_hex
from assetbuild.publish.content import body_of_bytes
from assetbuild.publish.filestore import FileStore
from assetbuild.publish.headers import Headers
from assetbuild.publish.items import LayoutOptions, lay_out
from assetbuild.publish.ledger import RELEASES, ReleaseRecord, name_manifest, parse_record
from assetbuild.publish.release import Release, says_the_same
from assetbuild.publish.store import Abilities, Body, PutResult
from assetbuild.publish.upload import UploadOptions, UploadResult, upload
from tests.support.built_app import OUTPUT, write_build

MOMENT = datetime(2026, 11, 27, tzinfo=timezone.utc)
HEADERS: Headers = (("Cache-Control", "max-age=1"),)


class Watched(FileStore):
    """Keeps what it was asked."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.probes = 0
        self.conditions: dict[str, bool] = {}  # key -> whether it was put only if absent

    def probe(self, key: str) -> Abilities:
        self.probes += 1
        return super().probe(key)

    def put(
        self, key: str, body: Body, headers: Headers, *, only_if_absent: bool = False
    ) -> PutResult:
        self.conditions[key] = only_if_absent
        return super().put(key, body, headers, only_if_absent=only_if_absent)


def release_of(
    folder: Path, files: Mapping[str, bytes], *, unhashed: Sequence[str] = ()
) -> Release:
    manifest = write_build(folder, files, unhashed=unhashed)
    data = (folder / OUTPUT / "manifest.json").read_bytes()
    return Release(
        manifest_data=data,
        manifest=sha256_hex(data),
        items=lay_out(manifest, LayoutOptions()),
        folder=folder / OUTPUT,
        app="",
        source="",
        variants="separate",
    )


def publish(release: Release, store: FileStore) -> UploadResult:
    return upload(release, store, UploadOptions(), lambda: MOMENT)


def test_what_is_there_is_kept_when_only_what_is_absent_is_to_be_put(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert store.put("a", body_of_bytes(b"1"), HEADERS, only_if_absent=True).is_created
    assert not store.put("a", body_of_bytes(b"2"), (), only_if_absent=True).is_created
    assert store.read("a") == b"1"
    held = store.describe("a")
    assert held is not None and held.headers == HEADERS


def test_object_that_something_else_wrote_is_described_by_its_bytes(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.put("a", body_of_bytes(b"1"), HEADERS)
    (tmp_path / "a").write_bytes(b"2")
    os.utime(tmp_path / "a", (0, 0))
    held = store.describe("a")
    assert held is not None
    assert (held.sha256, held.headers) == (sha256_hex(b"2"), ())


def test_releases_of_one_moment_are_both_recorded_in_their_order(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    names = [
        publish(release_of(tmp_path / app, {f"{app}.css": b"x"}), store).record
        for app in ("one", "two")
    ]
    assert [one.key for one in store.list_objects(RELEASES)] == names


def test_copy_of_the_manifest_that_was_deleted_comes_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    release = release_of(tmp_path, {"a.css": b"x"})
    publish(release, store)
    assert not publish(release, store).is_recorded_anew
    store.delete([name_manifest(release.manifest)])
    assert publish(release, store).is_recorded_anew
    assert store.read(name_manifest(release.manifest)) == release.manifest_data


def test_only_hashed_names_are_put_on_condition(tmp_path: Path) -> None:
    store = Watched(tmp_path / "store")
    release = release_of(tmp_path, {"a.css": b"x", "robots.txt": b"y"}, unhashed=("robots.txt",))
    publish(release, store)
    hashed = next(one.key for one in release.items if one.key != "robots.txt")
    assert (store.conditions[hashed], store.conditions["robots.txt"]) == (True, False)


def test_copy_of_another_stores_bucket_is_probed_anew(tmp_path: Path) -> None:
    for index, text in enumerate((b"1", b"2")):
        store = Watched(tmp_path / "store")
        publish(release_of(tmp_path / str(index), {"a.css": text}), store)
        assert store.probes == (1 if index == 0 else 0)
    shutil.copytree(tmp_path / "store", tmp_path / "copy")
    copy = Watched(tmp_path / "copy")
    publish(release_of(tmp_path / "2", {"a.css": b"3"}), copy)
    assert copy.probes == 1


def test_record_stands_for_a_release_when_all_of_it_is_the_same(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    release = release_of(tmp_path, {"a.css": b"x", "b.css": b"y"})
    name = publish(release, store).record
    assert name is not None
    latest = parse_record(name, store.read(name) or b"")
    assert says_the_same(latest, release)
    others: list[ReleaseRecord | None] = [
        None,
        replace(latest, manifest="f" * 64),
        replace(latest, source="abc"),
        replace(latest, variants="negotiated"),
        replace(latest, objects=dict(list(latest.objects.items())[:1])),
    ]
    assert [says_the_same(one, release) for one in others] == [False] * 5
