"""What holds for every plan to prune: nothing that a kept release names is ever deleted."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from assetbuild.publish.ledger import ReleaseRecord, name_manifest
from assetbuild.publish.prune import PruneLimits, plan_prune
from assetbuild.publish.store import Listed
from tests.publish.test_prune import DAY_MS, NOW, record

KEYS = st.sampled_from([f"k{number}" for number in range(6)])
RECORDS = st.lists(
    st.builds(
        lambda days, keys, app: record(days, *keys, app=app),
        st.integers(0, 200),
        st.sets(KEYS, max_size=4),
        st.sampled_from(["", "staging"]),
    ),
    max_size=6,
    unique_by=lambda one: one.name,
)


@given(
    RECORDS,
    st.dictionaries(KEYS, st.integers(0, 200)),
    st.sets(KEYS),
    st.integers(1, 3),
    st.integers(0, 90),
)
def test_what_a_kept_release_names_stays(
    records: list[ReleaseRecord],
    ages: dict[str, int],
    overwritten: set[str],
    keep: int,
    min_days: int,
) -> None:
    now_ms = int(NOW.timestamp() * 1000)
    keys = {key for one in records for key in one.objects} | ages.keys()
    keys |= {one.name for one in records} | {name_manifest(one.manifest) for one in records}
    found = {
        key: Listed(
            key=key,
            size=1,
            etag="theirs" if key in overwritten else "e",
            modified_ms=now_ms - ages.get(key, 200) * DAY_MS,
        )
        for key in keys
    }
    limits = PruneLimits(keep=keep, min_age=timedelta(days=min_days), is_below_floor_allowed=True)
    plan = plan_prune(found, records, limits, NOW)
    deleted = {one.key for one in plan.objects}
    live = {key for one in plan.kept for key in one.objects}
    assert not deleted & live
    assert not deleted & overwritten
    assert all(ages.get(key, 200) >= min_days for key in deleted)
    assert deleted <= {key for one in records for key in one.objects}
    kept = {one.name for one in plan.kept}
    assert kept.isdisjoint(plan.records)
    assert kept | set(plan.records) == {one.name for one in records}
    assert {name_manifest(one.manifest) for one in plan.kept}.isdisjoint(plan.manifests)
    for app in {one.app for one in records}:
        newest = max(one.name for one in records if one.app == app)
        assert newest in kept
        assert sum(one.app == app for one in plan.kept) >= min(
            keep, sum(one.app == app for one in records)
        )
