"""Carry a plan out: put in order, look again, and record the release last.

In: a Release (manifest, items, folder), a Store. Out: an UploadResult, or AssetbuildError with the
remote no worse than before. Upload never deletes an asset; ``prune`` does. See
docs/explanation/publishing.md for the order and why a kill at any point does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby

from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.jsontype import parse_json
from assetbuild.publish.content import (
    MULTIPART_FROM,
    body_of_bytes,
    body_of_file,
    expected_etag,
)
from assetbuild.publish.items import Item
from assetbuild.publish.ledger import (
    ABILITIES,
    Known,
    Marker,
    ReleaseRecord,
    digest_layout,
    dump_marker,
    find_markers,
    follow_records,
    is_record,
    name_manifest,
    name_marker,
    order_candidates,
    parse_marker,
    parse_record,
)
from assetbuild.publish.parallel import run_all
from assetbuild.publish.plan import PublishPlan, Reason, find_lost, judge_held, plan_upload, settle
from assetbuild.publish.release import (
    CONTROL_HEADERS,
    Release,
    list_changed,
    says_the_same,
    write_record,
)
from assetbuild.publish.store import Abilities, Body, Listed, Store
from assetbuild.publish.wire import SourceError

_MOST_RECORDS = 8  # records read before asking the store about single objects
_CLOCK_OFF = timedelta(minutes=1)  # the store tells time in seconds, and answers take some
_ROUNDS = 3  # times that lost objects are put again


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """How to go about it."""

    is_forced: bool = False  # put everything again
    is_dry: bool = False  # plan only
    workers: int = 16  # requests at once
    on_plan: Callable[[PublishPlan], None] = lambda _: None  # the plan, before it is carried out
    on_progress: Callable[[int, int], None] = lambda _done, _total: None  # objects put, to put
    before_record: Callable[[tuple[str, ...]], None] = lambda _: None  # changed unhashed keys


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadResult:
    """What an upload did."""

    plan: PublishPlan  # with every check settled
    record: str | None  # key of the record that stands for the release; None: dry run
    is_recorded_anew: bool  # False: the newest record said the same
    changed_unhashed: tuple[str, ...]  # keys without a hash whose bytes or headers changed
    requests: int  # sent, retries among them


def upload(
    release: Release, store: Store, options: UploadOptions, now: Callable[[], datetime]
) -> UploadResult:
    """Publish a release. Errors: ``publish/…``; repeat it after any failure or kill."""
    _check_files(release)
    listed = {one.key: one for one in store.list_objects()}
    latest, plan = _compare(release, store, listed, options)
    unfinished = _find_unfinished(release, store, listed) if plan.checks else None
    plan = _settle(plan, release, store, listed, unfinished, options.workers)
    options.on_plan(plan)
    changed = list_changed(release, latest)
    if options.is_dry:
        return UploadResult(
            plan=plan,
            record=None,
            is_recorded_anew=False,
            changed_unhashed=changed,
            requests=store.requests,
        )
    marker = name_marker(release.app, release.manifest)
    manifest_key = name_manifest(release.manifest)
    if not plan.puts and says_the_same(latest, release) and manifest_key in listed:
        if marker in listed:  # a run was killed between its record and its last request
            store.delete([marker])
        assert latest is not None
        return UploadResult(
            plan=plan,
            record=latest.name,
            is_recorded_anew=False,
            changed_unhashed=(),
            requests=store.requests,
        )
    # from here until the record is written, prune keeps its hands off
    mark = Marker(
        app=release.app,
        manifest=release.manifest,
        started=now().isoformat(),
        layout=digest_layout(release.items),
        since_ms=unfinished,
    )
    store.put(marker, body_of_bytes(dump_marker(mark)), CONTROL_HEADERS)
    if plan.puts:
        _learn_abilities(store, listed)
    etags = _put_all(plan, release, store, options)
    listed = _close(release, store, etags, options.workers)
    # before the record: a run that is killed here tells the CDN again when it is repeated
    options.before_record(changed)
    time = follow_records(_store_time(store, now()), listed, release.app)
    record = write_record(release, store, listed, time)
    store.delete([marker])
    return UploadResult(
        plan=plan,
        record=record,
        is_recorded_anew=True,
        changed_unhashed=changed,
        requests=store.requests,
    )


def _store_time(store: Store, time: datetime) -> datetime:
    """Return ``time``, or the store's where this machine's clock is off: records of many machines."""
    told = store.told_time
    return told if told is not None and abs(told - time) > _CLOCK_OFF else time


def _check_files(release: Release) -> None:
    """Refuse before the first request when a file of the manifest is not as it says."""
    problems: list[Diagnostic] = []
    for item in release.items:
        try:
            size = (release.folder / item.file).stat().st_size
        except OSError:
            problems.append(
                error(
                    "publish/missing-file",
                    f'the manifest names "{item.file}", which is not in the output folder',
                    hint="build again: assetbuild compile (is it in .slugignore?)",
                )
            )
            continue
        if size != item.size:
            problems.append(_tell_changed(item, f"{size} bytes instead of {item.size}"))
    if problems:
        raise AssetbuildError(*sort_diagnostics(problems))


def _tell_changed(item: Item, how: str) -> Diagnostic:
    return error(
        "publish/changed-file",
        f'"{item.file}" is not what the manifest says: {how}',
        hint="build again: assetbuild compile",
    )


def _compare(
    release: Release, store: Store, listed: Mapping[str, Listed], options: UploadOptions
) -> tuple[ReleaseRecord | None, PublishPlan]:
    """Read as many records as it takes to know the objects that are there, and plan."""
    known: list[Mapping[str, Known]] = []
    latest: ReleaseRecord | None = None
    names = order_candidates(listed, app=release.app, manifest=release.manifest)
    plan = plan_upload(release.items, listed, known, is_forced=options.is_forced)
    for name in names[:_MOST_RECORDS]:
        data = store.read(name)
        if data is None:
            continue
        record = parse_record(name, data)
        if record.app == release.app and (latest is None or record.name > latest.name):
            latest = record
        known.append(record.objects)
        plan = plan_upload(release.items, listed, known, is_forced=options.is_forced)
        if not plan.checks:
            break
    return latest, plan


def _find_unfinished(release: Release, store: Store, listed: Mapping[str, Listed]) -> int | None:
    """Return since when, in ms of the store's clock, a killed run of this very upload put objects.

    None where there was none, or where another upload may have put the same bytes meanwhile with
    headers of its own.
    """
    key = name_marker(release.app, release.manifest)
    there = listed.get(key)
    if there is None or len(find_markers(listed)) > 1:
        return None
    mark = parse_marker(store.read(key) or b"")
    if mark is None or mark.layout != digest_layout(release.items):
        return None
    since_ms = there.modified_ms if mark.since_ms is None else mark.since_ms
    recorded = (one.modified_ms for one in listed.values() if is_record(one.key))
    return since_ms if max(recorded, default=-1) < since_ms else None


def _settle(
    plan: PublishPlan,
    release: Release,
    store: Store,
    listed: Mapping[str, Listed],
    unfinished: int | None,
    workers: int,
) -> PublishPlan:
    """Judge each object that is there and that no record knows.

    What an unfinished run of this very upload put has our headers; the listing's ETag tells its
    bytes. The store is asked about any other, one by one.
    """

    def look(item: Item) -> tuple[str, Reason]:
        there = listed[item.key]
        etag = expected_etag(_body(release, item))
        if unfinished is not None and there.modified_ms >= unfinished and there.etag == etag:
            return item.key, Reason.SAME
        return item.key, judge_held(item, store.describe(item.key), etag)

    findings = run_all(look, [one.item for one in plan.checks], workers=workers)
    return settle(plan, dict(findings))


def _body(release: Release, item: Item) -> Body:
    """Read a file and hold it against the manifest."""
    try:
        body = body_of_file(release.folder / item.file)
    except OSError as failure:
        raise AssetbuildError(
            _tell_changed(item, failure.strerror or "it cannot be read")
        ) from failure
    if body.sha256 != item.sha256:
        raise AssetbuildError(_tell_changed(item, "its sha256 differs"))
    return body


def _learn_abilities(store: Store, listed: Mapping[str, Listed]) -> None:
    """Find out once for a bucket what its store does, and note it there."""
    if ABILITIES in listed:
        try:
            noted = parse_json(store.read(ABILITIES) or b"{}")
            if noted["store"] != store.label:  # a copy of another store's bucket
                raise ValueError
            store.use_abilities(
                Abilities(
                    conditional_put=noted["conditional_put"] is True,
                    content_check=noted["content_check"] is True,
                )
            )
            return
        except (ValueError, KeyError, TypeError):
            pass  # killed meanwhile, or noted by an older version: probe again
    abilities = store.probe(ABILITIES)
    data = json.dumps({"store": store.label, **asdict(abilities)}).encode()
    store.put(ABILITIES, body_of_bytes(data), CONTROL_HEADERS)
    store.use_abilities(abilities)


def _put_all(
    plan: PublishPlan, release: Release, store: Store, options: UploadOptions
) -> dict[str, str]:
    """Put rank by rank and return the ETag that the store gave each object."""
    done = 0

    def count(_: object) -> None:
        nonlocal done
        done += 1
        options.on_progress(done, len(plan.puts))

    etags: dict[str, str] = {}
    for _, steps in groupby(plan.puts, key=lambda one: one.item.rank):
        # the next rank names this one's objects: it must not begin before they are there
        pairs = run_all(
            lambda step: _put_one(
                step.item, release, store, only_if_absent=step.reason is Reason.NEW
            ),
            list(steps),
            workers=options.workers,
            on_done=count,
        )
        etags.update(pairs)
    return etags


def _put_one(
    item: Item, release: Release, store: Store, *, only_if_absent: bool = False
) -> tuple[str, str]:
    wants_absent = only_if_absent and item.is_hashed
    if store.checks_content and item.size < MULTIPART_FROM:
        # the store holds what it gets against the manifest's digest: a file that was changed
        # meanwhile is refused, so the digest need not be worked out here too
        body = Body(size=item.size, sha256=item.sha256, file=str(release.folder / item.file))
    else:
        body = _body(release, item)
    try:
        result = store.put(item.key, body, item.headers, only_if_absent=wants_absent)
        if not result.is_created:
            # another upload put this key since the listing: right if it is the same, else ours wins
            held = store.describe(item.key)
            etag = expected_etag(_body(release, item))
            if held is not None and judge_held(item, held, etag) is Reason.SAME:
                return item.key, held.etag
            result = store.put(item.key, body, item.headers)
    except SourceError as failure:
        raise AssetbuildError(_tell_changed(item, str(failure))) from failure
    return item.key, result.etag


def _close(
    release: Release, store: Store, etags: dict[str, str], workers: int
) -> dict[str, Listed]:
    """List again until every object of the release is there as it should be.

    A store that answers 200 and keeps nothing, or something else, is found here, and so is an
    object that was deleted since the first listing.
    """
    lost: tuple[Item, ...] = ()
    for _ in range(_ROUNDS):
        listed = {one.key: one for one in store.list_objects()}
        lost = find_lost(release.items, listed, etags)
        if not lost:
            return listed
        etags.update(run_all(lambda item: _put_one(item, release, store), lost, workers=workers))
    listed = {one.key: one for one in store.list_objects()}
    lost = find_lost(release.items, listed, etags)
    if lost:
        names = ", ".join(one.key for one in lost[:3])
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        raise AssetbuildError(
            error(
                "publish/vanished",
                f"{store.label} said it stored {names}{more}, but its listing shows otherwise",
                hint="see what deletes or changes objects there (lifecycle rules, another deploy)",
            )
        )
    return listed
