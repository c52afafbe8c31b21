"""Look after the bucket: its ledger, what it no longer needs, how it is set up. Effects in order.

In: an open place. Out: values for the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assetbuild.assets.manifest import MANIFEST_NAME
from assetbuild.diagnostics import AssetbuildError, error, warning
from assetbuild.digests import sha256_hex
from assetbuild.jobs.publish import Place
from assetbuild.publish.bucket import allowed_origins, write_cors, write_lifecycle, write_policy
from assetbuild.publish.ledger import RELEASES, ReleaseRecord
from assetbuild.publish.opening import now_utc
from assetbuild.publish.prune import PruneLimits, PrunePlan, prune
from assetbuild.publish.release import read_records
from assetbuild.publish.s3 import S3Store
from assetbuild.publish.target import S3Target


def prune_bucket(
    place: Place,
    limits: PruneLimits,
    *,
    is_applied: bool,
    on_plan: Callable[[PrunePlan], None],
) -> PrunePlan:
    """Delete, or only plan to delete, what no kept release uses."""
    try:
        return prune(
            place.store,
            limits,
            now_utc,
            is_applied=is_applied,
            workers=place.config.publish.workers,
            on_plan=on_plan,
        )
    finally:
        place.store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRelease:
    """A release of the ledger, and how it stands to what is here."""

    record: ReleaseRecord  # what the ledger says
    is_current: bool  # the newest of its app
    is_built: bool  # the project's output folder holds this very build


def list_releases(place: Place) -> tuple[RecordedRelease, ...]:
    """Return the ledger's releases, oldest first."""
    try:
        names = [one.key for one in place.store.list_objects(RELEASES)]
        records = read_records(place.store, names, place.config.publish.workers)
    finally:
        place.store.close()
    file = place.config.project / place.config.assets.output / MANIFEST_NAME
    built = sha256_hex(file.read_bytes()) if file.is_file() else None
    current = {one.app: one.name for one in records}
    return tuple(
        RecordedRelease(
            record=one, is_current=current[one.app] == one.name, is_built=one.manifest == built
        )
        for one in records
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSetup:
    """What a bucket needs."""

    policy: str  # JSON of the IAM policy
    cors: str | None  # XML of the CORS configuration to put; None: it is there
    lifecycle: str | None  # XML of the lifecycle configuration to put; None: it is there
    is_applied: bool  # what was to put was put


def set_up_bucket(place: Place, *, is_applied: bool, with_prune: bool) -> BucketSetup:
    """Work out policy, CORS and lifecycle; put the latter two where asked to."""
    target, store = place.target, place.store
    if not isinstance(target, S3Target) or not isinstance(store, S3Store):
        raise AssetbuildError(
            error(
                "publish/not-a-bucket",
                f"{target.label} is a folder and needs no setting up",
                hint="set ASSETBUILD_S3_URL=s3://BUCKET?region=REGION",
            )
        )
    policy = write_policy(
        target,
        with_prune=with_prune,
        distribution=place.env.get("ASSETBUILD_CLOUDFRONT_DISTRIBUTION"),
    )
    try:
        existing = store.read_configuration("cors") if is_applied else None
        cors = write_cors(allowed_origins(place.rules), existing)
        if is_applied and cors is not None:
            store.put_configuration("cors", cors)
        lifecycle = _set_up_lifecycle(place, store, target.prefix, is_applied=is_applied)
    finally:
        store.close()
    return BucketSetup(
        policy=policy,
        cors=None if cors is None else cors.decode(),
        lifecycle=None if lifecycle is None else lifecycle.decode(),
        is_applied=is_applied and (cors is not None or lifecycle is not None),
    )


def _set_up_lifecycle(
    place: Place, store: S3Store, prefix: str, *, is_applied: bool
) -> bytes | None:
    if not is_applied:
        return write_lifecycle(prefix, None)
    try:
        lifecycle = write_lifecycle(prefix, store.read_configuration("lifecycle"))
        if lifecycle is not None:
            store.put_configuration("lifecycle", lifecycle)
    except AssetbuildError as failure:
        # not every store knows it, and publishing does without
        place.reporter.diagnostic(
            warning(
                "publish/no-lifecycle",
                f"no rule for unfinished uploads was put: {failure.diagnostics[0].message}",
                hint="end what a killed upload of a large file leaves by the store's own means",
            )
        )
        return None
    return lifecycle
