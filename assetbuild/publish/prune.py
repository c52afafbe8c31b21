"""Delete what no kept release names: decided by records, never by what merely lies there.

In: a Store, limits. Out: a PrunePlan, and how it went. Refuses while an upload runs or was left
incomplete. Deletes objects first, then manifests, then records, so that a killed prune is simply
begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.publish.ledger import (
    RELEASES,
    UPLOADS,
    ReleaseRecord,
    find_markers,
    keep_releases,
    name_manifest,
)
from assetbuild.publish.release import read_records
from assetbuild.publish.store import Listed, Store
from assetbuild.sizes import format_count

FLOOR_RELEASES = 20
FLOOR_AGE = timedelta(days=30)
"""What the platform can roll back to: 20 releases or 30 days, whichever reaches further."""

DEAD_AFTER = timedelta(days=1)
"""No release phase takes as long; the platform ends it after an hour."""

_BATCH = 1000
_NEVER = datetime.max.replace(tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneLimits:
    """What must be kept."""

    keep: int = FLOOR_RELEASES  # newest releases of each app
    min_age: timedelta = FLOOR_AGE  # younger releases and objects are kept; zero: age is no reason
    max_deletes: int | None = None  # objects; more is an error before the first
    is_below_floor_allowed: bool = False  # the caller knows what the platform can roll back to


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunePlan:
    """What would be deleted and what stays."""

    objects: tuple[Listed, ...]  # sorted by key
    manifests: tuple[str, ...]  # keys
    records: tuple[str, ...]  # keys, oldest first
    markers: tuple[str, ...]  # keys of uploads that were killed so long ago that they are dead
    kept: tuple[ReleaseRecord, ...]  # oldest first
    foreign: int  # objects under the prefix that no record knows: never touched

    @property
    def bytes(self) -> int:
        """Bytes that become free."""
        return sum(one.size for one in self.objects)


def check_limits(limits: PruneLimits) -> None:
    """Refuse limits below what the platform can roll back to. Errors: ``publish/below-floor``."""
    if limits.is_below_floor_allowed:
        return
    if limits.keep < FLOOR_RELEASES or limits.min_age < FLOOR_AGE:
        raise AssetbuildError(
            error(
                "publish/below-floor",
                f"keeping {format_count(limits.keep, 'release')} and "
                f"{format_count(limits.min_age.days, 'day')} is less than "
                f"Heroku can roll back to ({FLOOR_RELEASES} releases, {FLOOR_AGE.days} days)",
                hint="keep more, or add --below-floor",
            )
        )


def plan_prune(
    listed: Mapping[str, Listed],
    records: Sequence[ReleaseRecord],
    limits: PruneLimits,
    now: datetime,
) -> PrunePlan:
    """Decide what to delete. Errors: ``publish/incomplete-upload``, ``publish/too-many-deletes``.

    An object goes when a dropped record names it, no kept one does, it is older than the minimum
    age, and it is still what the record says (else another program has written it since).
    """
    # no minimum age asks no clock: the store's tells seconds, and what was recorded in the second
    # that it last told would count as young
    newest_than = now - limits.min_age if limits.min_age else _NEVER
    kept = keep_releases(records, keep=limits.keep, newest_than=newest_than)
    dead = _find_dead(listed, now)
    _refuse_incomplete(listed, kept, dead)
    kept_names = {one.name for one in kept}
    dropped = [one for one in records if one.name not in kept_names]
    live = {key for record in kept for key in record.objects}
    age_limit_ms = newest_than.timestamp() * 1000
    objects: dict[str, Listed] = {}
    for record in dropped:
        for key, fact in record.objects.items():
            there = listed.get(key)
            if (
                key not in live
                and there is not None
                and there.modified_ms < age_limit_ms
                and (there.size, there.etag) == (fact.size, fact.etag)
            ):
                objects[key] = there
    if limits.max_deletes is not None and len(objects) > limits.max_deletes:
        raise AssetbuildError(
            error(
                "publish/too-many-deletes",
                f"{len(objects)} objects would be deleted, more than {limits.max_deletes}",
                hint="look at the list, then raise --max-deletes",
            )
        )
    kept_manifests = {one.manifest for one in kept}
    manifests = {
        name_manifest(one.manifest) for one in dropped if one.manifest not in kept_manifests
    }
    known = {key for record in records for key in record.objects}
    return PrunePlan(
        objects=tuple(objects[key] for key in sorted(objects)),
        manifests=tuple(sorted(manifests & listed.keys())),
        records=tuple(sorted(one.name for one in dropped)),
        markers=tuple(sorted(dead)),
        kept=kept,
        foreign=sum(1 for key in listed if key not in known and not key.startswith(".assetbuild/")),
    )


def prune(
    store: Store,
    limits: PruneLimits,
    now: Callable[[], datetime],
    *,
    is_applied: bool,
    workers: int,
    on_plan: Callable[[PrunePlan], None] = lambda _: None,
) -> PrunePlan:
    """Plan, and with ``is_applied`` delete. Errors: as plan_prune, ``publish/delete-failed``."""
    check_limits(limits)
    listed = {one.key: one for one in store.list_objects()}
    records = read_records(store, listed, workers)
    moment = now()
    # the earlier of the two clocks: one that is ahead would make young objects old
    moment = min(moment, store.told_time or moment)
    plan = plan_prune(listed, records, limits, moment)
    on_plan(plan)
    if not is_applied:
        return plan
    seen = frozenset(one.name for one in records)
    # as they were: a run that goes on with an old upload writes its marker anew
    dead = frozenset(listed[one] for one in plan.markers)
    keys = [one.key for one in plan.objects]
    for at in range(0, len(keys), _BATCH):
        # an upload that began meanwhile may count on what we are about to delete
        _refuse_news(store, seen, dead)
        _delete(store, keys[at : at + _BATCH])
    _refuse_news(store, seen, dead)
    _delete(store, plan.manifests)
    _delete(store, plan.records)
    _delete(store, plan.markers)
    return plan


def _find_dead(listed: Mapping[str, Listed], now: datetime) -> frozenset[str]:
    """Return the markers of uploads that cannot run any more.

    Whoever repeats a killed upload clears its marker; the next build of an app never does.
    """
    limit_ms = (now - DEAD_AFTER).timestamp() * 1000
    return frozenset(one for one in find_markers(listed) if listed[one].modified_ms < limit_ms)


def _refuse_incomplete(
    listed: Mapping[str, Listed], kept: Sequence[ReleaseRecord], dead: frozenset[str]
) -> None:
    problems: list[Diagnostic] = []
    if any(one not in dead for one in find_markers(listed)):
        problems.append(_tell_running())
    for app in sorted({one.app for one in kept}):
        latest = [one for one in kept if one.app == app][-1]
        missing = sorted(latest.objects.keys() - listed.keys())
        if missing:
            problems.append(
                error(
                    "publish/incomplete-upload",
                    f'the latest release lacks "{missing[0]}" in the bucket'
                    + (f" and {len(missing) - 1} more" if len(missing) > 1 else ""),
                    hint="run `assetbuild upload` again before pruning",
                )
            )
    if problems:
        raise AssetbuildError(*problems)


def _refuse_news(store: Store, seen: frozenset[str], dead: frozenset[Listed]) -> None:
    if any(one not in dead for one in store.list_objects(UPLOADS)):
        raise AssetbuildError(_tell_running())
    if any(one.key not in seen for one in store.list_objects(RELEASES)):
        raise AssetbuildError(_tell_running())


def _tell_running() -> Diagnostic:
    return error(
        "publish/incomplete-upload",
        "an upload is running, or was ended before it was complete",
        hint="wait for it, or run `assetbuild upload` of that build again, then prune; "
        "a day after it began it no longer counts",
    )


def _delete(store: Store, keys: Sequence[str]) -> None:
    failed = store.delete(keys) if keys else ()
    if failed:
        raise AssetbuildError(
            error(
                "publish/delete-failed",
                f'"{failed[0].key}" could not be deleted ({failed[0].reason})'
                + (f", nor could {len(failed) - 1} more" if len(failed) > 1 else ""),
                hint="prune needs s3:DeleteObject: `assetbuild bucket setup --with-prune` prints it",
            )
        )
