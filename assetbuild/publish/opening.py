"""Open what the publisher talks to, with its connections, credentials and retries.

In: a target or a URL, the environment, limits. Out: a store or a wire ready to use. The clock and chance of the
process enter here and nowhere else.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.publish.calls import Caller, Timing
from assetbuild.publish.cloudfront import ENDPOINT, REGION
from assetbuild.publish.credentials import open_credential_chain
from assetbuild.publish.filestore import FileStore
from assetbuild.publish.retry import RetryPolicy
from assetbuild.publish.s3 import S3Store, endpoint_of
from assetbuild.publish.target import FileTarget, Keys, S3Target, Target
from assetbuild.publish.wire import Wire, choose_proxy
from assetbuild.urlparts import split_url


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """Limits of the conversation with a store."""

    policy: RetryPolicy = RetryPolicy()  # how long to insist
    timeout_s: float = 60.0  # seconds without a byte
    at_once: int = 16  # requests under way


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(timezone.utc)


def open_store(
    target: Target, env: Mapping[str, str], options: StoreOptions
) -> S3Store | FileStore:
    """Return the store; nothing is sent yet."""
    if isinstance(target, FileTarget):
        return FileStore(target.root)
    origin = endpoint_of(target)
    return S3Store(target, _open_caller(target, env, options, origin, target.region, "s3"))


def open_cloudfront(target: S3Target, env: Mapping[str, str], options: StoreOptions) -> Caller:
    """Return a caller for CloudFront with the bucket's credentials."""
    origin = env.get("AWS_ENDPOINT_URL_CLOUDFRONT") or ENDPOINT
    return _open_caller(target, env, options, origin, REGION, "cloudfront")


def open_site(url: str, env: Mapping[str, str], *, timeout_s: float) -> tuple[Wire, str]:
    """Return connections to the site or CDN that ``--through`` names, and the URL's path.

    Errors: ``publish/bad-url``.
    """
    parts = split_url(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AssetbuildError(
            error(
                "publish/bad-url",
                f'"{url}" is not an http or https URL',
                hint="write --through https://www.example.com",
            )
        )
    origin = f"{parts.scheme}://{parts.netloc}"
    wire = Wire(
        origin,
        timeout_s=timeout_s,
        ca_file=env.get("AWS_CA_BUNDLE"),
        proxy=choose_proxy(env, origin),
    )
    return wire, parts.path


def _open_caller(
    target: S3Target,
    env: Mapping[str, str],
    options: StoreOptions,
    origin: str,
    region: str,
    service: str,
) -> Caller:
    return Caller(
        Wire(
            origin,
            timeout_s=options.timeout_s,
            ca_file=target.ca_file,
            proxy=choose_proxy(env, origin),
        ),
        keys=_keys_of(target),
        region=region,
        policy=options.policy,
        timing=Timing(now=now_utc, sleep=time.sleep, jitter=random.random),
        label=target.label if service == "s3" else "CloudFront",
        service=service,
        at_once=options.at_once,
    )


def _keys_of(target: S3Target) -> Callable[[], Keys]:
    if target.keys is None:
        return open_credential_chain()
    keys = target.keys
    return lambda: keys
