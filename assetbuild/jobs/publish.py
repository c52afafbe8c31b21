"""Open the place that an environment names, and publish a build there: effects in order.

In: a project, an environment, a reporter, options. Out: values for the command line. Loads
neither compilers nor images, nor what other commands do with a bucket: the release phase has only
what publishing needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.asset_base import HOST_VARIABLE, parse_base
from assetbuild.assets.manifest import MANIFEST_NAME, lack_manifest, parse_manifest
from assetbuild.assets.model import Manifest
from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.digests import sha256_hex
from assetbuild.publish.asset_host import judge_asset_host
from assetbuild.publish.cloudfront import invalidate
from assetbuild.publish.credentials import read_profile
from assetbuild.publish.filestore import FileStore
from assetbuild.publish.headers import HeaderRule, compile_header_rules
from assetbuild.publish.items import LayoutOptions, lay_out
from assetbuild.publish.opening import StoreOptions, now_utc, open_cloudfront, open_store
from assetbuild.publish.plan import PublishPlan
from assetbuild.publish.release import Release
from assetbuild.publish.retry import RetryPolicy
from assetbuild.publish.s3 import S3Store
from assetbuild.publish.target import FileTarget, S3Target, Target, read_target
from assetbuild.publish.upload import UploadOptions, UploadResult, upload
from assetbuild.reporting import Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A project with the store that its environment names, opened."""

    config: Config  # of the project
    target: Target  # what the environment says of the store
    store: S3Store | FileStore  # open: who took the place closes it
    options: StoreOptions  # how it was opened
    rules: tuple[HeaderRule, ...]  # custom headers
    env: Mapping[str, str]  # of this process
    reporter: Reporter  # where it is told


def open_place(
    project: Path, env: Mapping[str, str], reporter: Reporter, *, doing: str = "Publishing to"
) -> Place:
    """Read configuration and environment, tell where it goes, and open the store.

    ``doing`` begins the line that tells the place.
    """
    config = load_config(project)
    rules = compile_header_rules((rule.glob, rule.headers) for rule in config.rule)
    target = read_target(env, project, ask_profile=read_profile)
    options = StoreOptions(
        policy=RetryPolicy(attempts=max(1, config.publish.attempts)),
        timeout_s=float(max(1, config.publish.timeout)),
        at_once=config.publish.workers,
    )
    reporter.step(f"{doing} {target.label}")
    if isinstance(target, FileTarget):
        if target.is_default:
            reporter.detail("no bucket is configured: this is the embedded store")
    else:
        for what, name in sorted(target.origins.items()):
            reporter.detail(f"{what} from {name}")
    return Place(
        config=config,
        target=target,
        store=open_store(target, env, options),
        options=options,
        rules=rules,
        env=env,
        reporter=reporter,
    )


def publish_assets(
    place: Place, *, is_forced: bool, is_dry: bool, on_plan: Callable[[PublishPlan], None]
) -> UploadResult:
    """Upload the project's build, and tell CloudFront where asked to."""
    _warn_of_asset_host(place)
    release = read_release(place)
    try:
        result = upload(
            release,
            place.store,
            UploadOptions(
                is_forced=is_forced,
                is_dry=is_dry,
                workers=place.config.publish.workers,
                on_plan=on_plan,
                on_progress=lambda done, total: place.reporter.progress(done, total, "put"),
                before_record=lambda keys: _invalidate(place, release, keys),
            ),
            now_utc,
        )
    finally:
        place.store.close()
    for note in place.store.notes:
        place.reporter.detail(note)
    return result


def _warn_of_asset_host(place: Place) -> None:
    host, config = place.env.get(HOST_VARIABLE), place.config
    if not host or not isinstance(place.target, S3Target):
        return
    found = judge_asset_host(parse_base(config.assets.url, host).url, place.target)
    if found is not None and found.code not in config.assets.silence:
        place.reporter.diagnostic(found)


def read_release(place: Place) -> Release:
    """Return the project's build as a release. Errors: ``publish/missing-manifest`` and lay_out's."""
    config = place.config
    folder = config.project / config.assets.output
    file = f"{config.assets.output}/{MANIFEST_NAME}"
    try:
        data = (folder / MANIFEST_NAME).read_bytes()
    except OSError as failure:
        raise lack_manifest("publish/missing-manifest", file) from failure
    manifest: Manifest = parse_manifest(data, file=file)
    target = place.target
    items = lay_out(
        manifest,
        LayoutOptions(
            prefix=target.prefix if isinstance(target, S3Target) else "",
            variants=config.publish.variants,
            rules=place.rules,
            added_elsewhere=config.publish.headers_elsewhere,
            keeps_any_header=isinstance(target, FileTarget),
        ),
    )
    env = place.env
    return Release(
        manifest_data=data,
        manifest=sha256_hex(data),
        items=items,
        folder=folder,
        app=env.get("ASSETBUILD_APP") or env.get("HEROKU_APP_NAME", ""),
        # stale on some platforms after a rollback, so it is told and never an id
        source=env.get("SOURCE_VERSION") or env.get("HEROKU_SLUG_COMMIT", ""),
        variants=config.publish.variants,
    )


def _invalidate(place: Place, release: Release, keys: tuple[str, ...]) -> None:
    distribution = place.env.get("ASSETBUILD_CLOUDFRONT_DISTRIBUTION")
    if not distribution or not keys or not isinstance(place.target, S3Target):
        return
    base = place.env.get("ASSETBUILD_CLOUDFRONT_PATH", f"/{place.target.prefix}").rstrip("/")
    caller = open_cloudfront(place.target, place.env, place.options)
    try:
        invalidate(caller, distribution, [f"{base}/{key}" for key in keys], release.manifest)
    finally:
        caller.close()
    place.reporter.detail(f"CloudFront forgets {len(keys)} names without a hash")
