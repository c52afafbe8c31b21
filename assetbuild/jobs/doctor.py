"""Look at a project, its build, its bucket and what is in front: effects in order.

In: a project, an environment, a reporter. Out: Checks. Decisions are in assetbuild.doctor. Writes one
small object into the bucket and deletes it; everything else is only read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from assetbuild.asset_base import HOST_VARIABLE, parse_base
from assetbuild.assets.model import Manifest
from assetbuild.assets.roots import find_roots
from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.doctor.bucket import BucketFacts, check_bucket
from assetbuild.doctor.build import BuildFacts, check_build
from assetbuild.doctor.django import (
    ADMIN,
    ADMIN_FILE,
    DjangoSettings,
    StaticFiles,
    check_django,
    read_settings,
)
from assetbuild.doctor.machine import check_machine
from assetbuild.doctor.model import Check, skip
from assetbuild.doctor.nginx import check_nginx
from assetbuild.doctor.packs import PackFacts, check_packs
from assetbuild.doctor.release import check_release
from assetbuild.doctor.variables import VariableFacts, check_variables
from assetbuild.jobs.examine import (
    Subject,
    find_django_settings,
    take_build,
    take_machine,
    take_nginx,
    take_packs,
    take_release,
)
from assetbuild.jobs.packs import read_pack_list
from assetbuild.publish.asset_host import judge_asset_host
from assetbuild.publish.bucket import allowed_origins
from assetbuild.publish.content import body_of_bytes
from assetbuild.publish.credentials import read_profile
from assetbuild.publish.filestore import FileStore
from assetbuild.publish.headers import compile_header_rules
from assetbuild.publish.ledger import UPLOADS
from assetbuild.publish.opening import StoreOptions, open_site, open_store
from assetbuild.publish.retry import RetryPolicy
from assetbuild.publish.s3 import S3Store
from assetbuild.publish.target import FileTarget, S3Target, Target, read_target
from assetbuild.publish.wire import USER_AGENT, WireError
from assetbuild.reporting import Reporter

_T = TypeVar("_T")
# below the one prefix that the smallest policy lets us delete from; the name is always the same,
# so that what a killed run leaves goes with the next one
_TRIAL = f"{UPLOADS}doctor.txt"
_TRIAL_DATA = b"assetbuild doctor was here\n"
_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """What may be asked."""

    is_offline: bool = False  # ask no bucket and no site
    through: str | None = None  # URL of the site, to learn what is in front of it


def examine(
    project: Path, env: Mapping[str, str], reporter: Reporter, options: DoctorOptions
) -> tuple[Check, ...]:
    """Return every check, in the order in which one would mend what they find."""
    try:
        config = load_config(project)
    except AssetbuildError as failure:
        told = "cannot be read; nothing else was looked at"
        return (Check(name="configuration", told=told, findings=failure.diagnostics),)
    subject = Subject(config=config, env=env, reporter=reporter)
    told = f"{config.file}, {len(config.origins)} settings" if config.file else "all defaults"
    listed, unreadable = _catch(lambda: read_pack_list(project, config))
    build, manifest = _look_at_build(subject)
    variables, target = _look_at_variables(subject)
    return (
        Check(name="configuration", told=told, findings=_find_missing_roots(subject)),
        _look_at_machine(subject),
        _look_at_packs(subject, unreadable),
        build,
        skip("release", "the list of packs cannot be read")
        if listed is None
        else check_release(take_release(subject, listed)),
        variables,
        _look_at_bucket(subject, target, manifest, options),
        _look_at_nginx(subject, options),
        _look_at_django(subject, manifest),
    )


def _catch(work: Callable[[], _T]) -> tuple[_T | None, tuple[Diagnostic, ...]]:
    try:
        return work(), ()
    except AssetbuildError as failure:
        return None, failure.diagnostics


def _find_missing_roots(subject: Subject) -> tuple[Diagnostic, ...]:
    """Return what a build would say of the configured roots; a slug needs no sources any more."""
    if subject.is_slug or not subject.config.assets.roots:
        return ()
    return _catch(lambda: find_roots(subject.config))[1]


def _look_at_machine(subject: Subject) -> Check:
    facts, wrong = _catch(lambda: take_machine(subject))
    if facts is None:
        return Check(name="machine", told="it has no place for a cache", findings=wrong)
    return check_machine(facts)


def _look_at_packs(subject: Subject, unreadable: tuple[Diagnostic, ...]) -> Check:
    def take() -> PackFacts:
        return take_packs(subject, read_pack_list(subject.project, subject.config))

    facts, wrong = _catch(take)
    if facts is None:
        facts = PackFacts(
            labels=(),
            source=None,
            lockable=0,
            has_lock=False,
            drift=(),
            url=None,
            is_url_ours=False,
            beside=(),
        )
    return check_packs(facts, wrong or unreadable)


def _look_at_build(subject: Subject) -> tuple[Check, Manifest | None]:
    found, wrong = _catch(lambda: take_build(subject))
    if found is None:
        facts = BuildFacts(output=subject.config.assets.output, outputs=None)
        return check_build(facts, wrong), None
    return check_build(found[0]), found[1]


def _look_at_variables(subject: Subject) -> tuple[Check, Target | None]:
    env, config = subject.env, subject.config
    target, wrong = _catch(lambda: read_target(env, subject.project, ask_profile=read_profile))
    base, bad_url = _catch(lambda: parse_base(config.assets.url, env.get(HOST_VARIABLE)))
    unfit: Diagnostic | None = None
    label, chosen, origins = "they do not tell where to publish", {}, {}
    if isinstance(target, S3Target):
        label = target.label
        origins = dict(target.origins)
        chosen = {"bucket": target.bucket, "prefix": target.prefix, "region": target.region}
        chosen["endpoint"] = target.endpoint or ""
        if base is not None and env.get(HOST_VARIABLE):
            unfit = judge_asset_host(base.url, target)
    elif target is not None:
        label = "no bucket" if target.is_default else target.label
    facts = VariableFacts(env=env, label=label, chosen=chosen, origins=origins)
    told = () if unfit is None or unfit.code in config.assets.silence else (unfit,)
    return check_variables(facts, (*wrong, *bad_url, *told)), target


def _look_at_bucket(
    subject: Subject, target: Target | None, manifest: Manifest | None, options: DoctorOptions
) -> Check:
    if target is None:
        return skip("bucket", "the variables do not tell which one")
    if isinstance(target, FileTarget) and target.is_default:
        return skip("bucket", "none is configured: upload writes to a folder here")
    if options.is_offline:
        return skip("bucket", "not asked (--offline)")
    entries = () if manifest is None else manifest.entries.values()
    fonts = sum(1 for one in entries if one.media_type.startswith("font/"))
    store, wrong = _catch(
        lambda: open_store(
            target,
            subject.env,
            StoreOptions(policy=RetryPolicy(attempts=2), timeout_s=_TIMEOUT_S),
        )
    )
    if store is None:
        facts = BucketFacts(
            label=target.label, failures=wrong, notes=(), has_cors=None, fonts=fonts
        )
        return check_bucket(facts)
    with contextlib.closing(store):
        has_cors, failures = _try_store(store, subject.config)
        return check_bucket(
            BucketFacts(
                label=target.label,
                failures=failures,
                notes=store.notes,
                has_cors=has_cors if isinstance(store, S3Store) else None,
                fonts=fonts,
            )
        )


def _try_store(
    store: S3Store | FileStore, config: Config
) -> tuple[bool | None, tuple[Diagnostic, ...]]:
    """List, put, get and delete; return whether pages may read, and the first refusal."""
    body = body_of_bytes(_TRIAL_DATA)
    headers = (("cache-control", "no-store"), ("content-type", "text/plain; charset=utf-8"))
    rules = compile_header_rules((one.glob, one.headers) for one in config.rule)
    origin = allowed_origins(rules)[0].replace("*", "https://example.com")
    has_cors: bool | None = None
    failures: tuple[Diagnostic, ...] = ()
    try:
        next(store.list_objects(UPLOADS), None)
        store.put(_TRIAL, body, headers)
        try:
            answer = store.fetch(_TRIAL, origin=origin)
            has_cors = "access-control-allow-origin" in answer.headers
            failures = _judge_answer(store.label, answer.status, answer.sha256, body.sha256)
        finally:
            refused = store.delete([_TRIAL])
        failures += tuple(_tell_refused(store.label, one.reason) for one in refused)
    except AssetbuildError as failure:
        failures = failure.diagnostics
    return has_cors, failures


def _judge_answer(label: str, status: int, sha256: str, sent: str) -> tuple[Diagnostic, ...]:
    if status == 200 and sha256 == sent:
        return ()
    if status == 200:
        message = f"{label} gives back other bytes than were put"
        return (error("publish/wrong-content", message, hint="a proxy changes what passes"),)
    message = f"{label} answers {status} for what was put a moment ago"
    return (error("publish/vanished", message, hint="look at the store's own log"),)


def _tell_refused(label: str, reason: str) -> Diagnostic:
    return error(
        "publish/access-denied",
        f"{label}: not allowed to delete an upload's mark ({reason})",
        hint="give the key the policy that `assetbuild bucket setup` prints",
    )


def _look_at_nginx(subject: Subject, options: DoctorOptions) -> Check:
    server: str | None = None
    wrong: tuple[Diagnostic, ...] = ()
    if options.through is not None and not options.is_offline:
        server, wrong = _catch(lambda: _ask_server(subject, str(options.through)))
    found = check_nginx(take_nginx(subject, server))
    if not wrong:
        return found
    return Check(name=found.name, told=found.told, findings=(*wrong, *found.findings))


def _ask_server(subject: Subject, url: str) -> str:
    wire, path = open_site(url, subject.env, timeout_s=_TIMEOUT_S)
    with contextlib.closing(wire):
        try:
            answer = wire.exchange(
                "GET", path or "/", {"host": wire.host, "user-agent": USER_AGENT}
            )
        except WireError as failure:
            raise AssetbuildError(
                error(
                    "publish/unreachable",
                    f'"{url}" cannot be reached: {failure}',
                    hint="check the URL that --through names",
                )
            ) from failure
    return answer.headers.get("server", "")


def _look_at_django(subject: Subject, manifest: Manifest | None) -> Check:
    for file, text in find_django_settings(subject.project, subject.env):
        settings = read_settings(text)
        if settings is None:
            return skip("django", f"{file} is no Python of this version")
        prefix, _ = _catch(lambda: parse_base(subject.config.assets.url, None).prefix)
        files = _find_admin(subject, settings, manifest)
        return check_django(settings, file=file, prefix=prefix or "/", files=files)
    return skip("django", "no manage.py with a settings module")


def _find_admin(
    subject: Subject, settings: DjangoSettings, manifest: Manifest | None
) -> StaticFiles:
    """Tell whether the build has the admin's files: of other apps it is not known what they have."""
    found, _ = _catch(lambda: find_roots(subject.config))
    names = subject.config.assets.roots
    if not names and found is not None:
        names = tuple(one.display for one in found.roots)
    is_there = (
        ADMIN not in (settings.apps or ())
        or (manifest is not None and ADMIN_FILE in manifest.entries)
        or any((subject.project / one / ADMIN_FILE).is_file() for one in names)
    )
    return StaticFiles(
        roots=names,
        absent=() if is_there else (ADMIN,),
        manifest_root=subject.config.assets.output.rstrip("/")
        if "django" in subject.config.manifest.formats
        else None,
    )
