from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from assetbuild.cli.main import main
from assetbuild.diagnostics import AssetbuildError
from assetbuild.publish.content import body_of_bytes
from assetbuild.publish.filestore import FileStore
from assetbuild.publish.ledger import (
    Known,
    ReleaseRecord,
    dump_record,
    follow_records,
    name_manifest,
    name_marker,
    name_record,
    order_candidates,
    parse_record,
    tag_of,
)
from assetbuild.publish.prune import PruneLimits, PrunePlan, check_limits, plan_prune, prune
from assetbuild.publish.store import Listed

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
DAY_MS = 86_400_000


def record(days_ago: float, *keys: str, app: str = "", manifest: str = "") -> ReleaseRecord:
    time = NOW - timedelta(days=days_ago)
    digest = manifest or f"{int(days_ago * 10):064x}"
    return ReleaseRecord(
        name=name_record(time, app, digest),
        time=time,
        app=app,
        manifest=digest,
        source="",
        variants="separate",
        objects={key: Known(1, "e", 0, "s", "h") for key in keys},
    )


def listing(*records: ReleaseRecord, days_ago: float = 100) -> dict[str, Listed]:
    keys = {key for one in records for key in one.objects}
    keys |= {one.name for one in records} | {name_manifest(one.manifest) for one in records}
    at = int(NOW.timestamp() * 1000 - days_ago * DAY_MS)
    return {key: Listed(key=key, size=1, etag="e", modified_ms=at) for key in keys}


LIMITS = PruneLimits(keep=1, min_age=timedelta(days=30), is_below_floor_allowed=True)


def pruned(records: list[ReleaseRecord], found: dict[str, Listed]) -> list[str]:
    return [one.key for one in plan_prune(found, records, LIMITS, NOW).objects]


def test_only_what_no_kept_release_names_is_deleted() -> None:
    old, new = record(90, "a", "shared"), record(80, "b", "shared")
    plan = plan_prune(listing(old, new), [old, new], LIMITS, NOW)
    assert [one.key for one in plan.objects] == ["a"]
    assert plan.records == (old.name,)
    assert plan.manifests == (name_manifest(old.manifest),)
    assert plan.kept == (new,)


def test_young_releases_are_kept_beyond_the_count() -> None:
    records = [record(20, "a"), record(10, "b"), record(5, "c")]
    assert pruned(records, listing(*records)) == []


def test_without_a_minimum_age_no_clock_is_asked() -> None:
    # both in the very second, and by a clock that is ahead of the store's
    records = [record(-0.1, "a"), record(-0.2, "b")]
    limits = PruneLimits(keep=1, min_age=timedelta(), is_below_floor_allowed=True)
    plan = plan_prune(listing(*records, days_ago=-0.1), records, limits, NOW)
    assert [one.key for one in plan.objects] == ["a"]


def test_the_newest_release_of_an_app_is_kept_whatever_is_asked() -> None:
    records = [record(90, "a"), record(80, "b"), record(95, "c", app="staging")]
    limits = PruneLimits(keep=0, min_age=timedelta(days=1), is_below_floor_allowed=True)
    plan = plan_prune(listing(*records), records, limits, NOW)
    assert [one.key for one in plan.objects] == ["a"]
    assert plan.kept == (records[2], records[1])


def test_each_app_keeps_its_own_releases() -> None:
    records = [record(90, "a", app="staging"), record(80, "b", app="live")]
    assert pruned(records, listing(*records)) == []


def test_object_put_again_lately_is_kept() -> None:
    records = [record(90, "a"), record(80, "b")]
    assert pruned(records, listing(*records, days_ago=3)) == []


def test_foreign_and_overwritten_objects_are_never_touched() -> None:
    records = [record(90, "a"), record(80, "b")]
    found = listing(*records)
    found["users/photo.jpg"] = Listed(key="users/photo.jpg", size=1, etag="x", modified_ms=0)
    found["a"] = Listed(key="a", size=1, etag="someone else's", modified_ms=0)
    plan = plan_prune(found, records, LIMITS, NOW)
    assert (plan.objects, plan.foreign) == ((), 1)


def test_manifest_of_a_kept_release_is_kept() -> None:
    records = [record(90, "a", manifest="f" * 64), record(80, "b", manifest="f" * 64)]
    assert plan_prune(listing(*records), records, LIMITS, NOW).manifests == ()


def test_incomplete_latest_release_refuses() -> None:
    records = [record(90, "a"), record(80, "b")]
    found = listing(*records)
    del found["b"]
    with pytest.raises(AssetbuildError, match="incomplete-upload"):
        plan_prune(found, records, LIMITS, NOW)


def test_running_upload_refuses() -> None:
    records = [record(90, "a"), record(80, "b")]
    found = listing(*records)
    marker = name_marker("", "f" * 64)
    at = int(NOW.timestamp() * 1000) - DAY_MS // 2
    found[marker] = Listed(key=marker, size=1, etag="e", modified_ms=at)
    with pytest.raises(AssetbuildError, match="incomplete-upload"):
        plan_prune(found, records, LIMITS, NOW)


def test_upload_that_was_killed_long_ago_is_dead(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    fill(store)
    marker = name_marker("", "f" * 64)
    store.put(marker, body_of_bytes(b"{}"), ())

    def run(*, days: int) -> PrunePlan:
        later = datetime.now(timezone.utc) + timedelta(days=days)
        return prune(store, LIMITS, lambda: later, is_applied=True, workers=2)

    with pytest.raises(AssetbuildError, match="incomplete-upload"):
        run(days=0)
    assert run(days=2).markers == (marker,)
    assert marker not in [one.key for one in store.list_objects()]


def test_more_deletes_than_allowed_refuse() -> None:
    records = [record(90, "a", "c"), record(80, "b")]
    limits = PruneLimits(keep=1, max_deletes=1, is_below_floor_allowed=True)
    with pytest.raises(AssetbuildError, match="too-many-deletes"):
        plan_prune(listing(*records), records, limits, NOW)


@pytest.mark.parametrize("limits", [PruneLimits(keep=19), PruneLimits(min_age=timedelta(days=29))])
def test_limits_below_the_platform_refuse(limits: PruneLimits) -> None:
    with pytest.raises(AssetbuildError, match="below-floor"):
        check_limits(limits)
    check_limits(PruneLimits())


def test_nothing_is_pruned_from_an_empty_bucket() -> None:
    plan = plan_prune({}, [], LIMITS, NOW)
    assert (plan.objects, plan.records, plan.kept) == ((), (), ())


def fill(store: FileStore) -> tuple[ReleaseRecord, ReleaseRecord]:
    old, new = record(90, "a"), record(80, "b")
    for key in ("a", "b"):
        store.put(key, body_of_bytes(b"x"), ())
    found = {one.key: one for one in store.list_objects()}

    def record_found(one: ReleaseRecord) -> ReleaseRecord:
        facts = {
            key: Known(1, found[key].etag, found[key].modified_ms, "s", "h") for key in one.objects
        }
        kept = replace(one, objects=facts)
        store.put(one.name, body_of_bytes(dump_record(kept)), ())
        return kept

    return record_found(old), record_found(new)


def in_a_year() -> datetime:
    """Return a time at which what a test just put is old."""
    return datetime.now(timezone.utc) + timedelta(days=365)


def test_prune_deletes_only_when_it_is_applied_and_can_be_repeated(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    old, new = fill(store)

    def run(*, is_applied: bool) -> int:
        return len(prune(store, LIMITS, in_a_year, is_applied=is_applied, workers=2).objects)

    assert run(is_applied=False) == 1
    assert [one.key for one in store.list_objects()] == [old.name, new.name, "a", "b"]
    assert run(is_applied=True) == 1
    assert [one.key for one in store.list_objects()] == [new.name, "b"]
    assert run(is_applied=True) == 0


@pytest.mark.parametrize("has_objects", [True, False])
@pytest.mark.parametrize("is_complete", [True, False])
def test_release_that_comes_meanwhile_stops_the_deletes(
    tmp_path: Path, has_objects: bool, is_complete: bool
) -> None:
    store = FileStore(tmp_path)
    old, _ = fill(store)
    if not has_objects:  # only a manifest and a record are to go
        store.delete(["a"])

    def begin(_: PrunePlan) -> None:
        late = record(0, "a", manifest="f" * 64)
        key = late.name if is_complete else name_marker("", late.manifest)
        store.put(key, body_of_bytes(dump_record(late)), ())

    with pytest.raises(AssetbuildError, match="incomplete-upload"):
        prune(
            store,
            LIMITS,
            in_a_year,
            is_applied=True,
            workers=2,
            on_plan=begin,
        )
    assert (tmp_path / "a").exists() is has_objects
    assert (tmp_path / old.name).exists()


def test_record_survives_its_bytes() -> None:
    one = record(1, "ä b", "c", app="shop")
    assert parse_record(one.name, dump_record(one)) == one


def test_record_of_an_app_whose_name_is_no_utf_8_is_read_back() -> None:
    one = record(1, "a", app="caf\udce9")
    assert parse_record(one.name, dump_record(one)) == one


NO_ZONE = dump_record(record(1, "a")).replace(b"+00:00", b"")  # could not be compared with others


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"schema": 2}', b'{"schema": 1}', b'{"schema":1,"time":', NO_ZONE]
)
def test_corrupt_record_is_named(data: bytes) -> None:
    with pytest.raises(AssetbuildError, match="corrupt-ledger"):
        parse_record("x", data)


def test_records_are_read_in_the_most_telling_order() -> None:
    own, same = record(3, app="a"), record(4, app="b", manifest="f" * 64)
    newest = record(1, app="c")
    names = [one.name for one in (own, same, newest)]
    assert order_candidates(names, app="a", manifest="f" * 64) == [own.name, same.name, newest.name]
    assert tag_of("a") != tag_of("b")


def test_record_comes_after_those_of_its_app_whatever_the_clock_says() -> None:
    newest, other = record(1, app="a"), record(0, app="b")
    names = [record(2, app="a").name, newest.name, other.name, "a.css"]
    assert follow_records(NOW, names, "a") == NOW
    for early in (newest.time, newest.time - timedelta(days=3)):
        assert follow_records(early, names, "a") == newest.time + timedelta(milliseconds=1)
    assert follow_records(NOW - timedelta(days=9), names, "c") == NOW - timedelta(days=9)


def test_bad_age_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prune", "--project", str(tmp_path), "--min-age", "a month"]) == 2
    assert 'publish/bad-age: "a month" is not an age' in capsys.readouterr().err
