"""Whether the URLs that pages write lead to the objects that are published.

In: the URL below which pages name assets, and the target. Out: a warning, or None. Refuses to know:
networks, and how a CDN that is not the store's own host rewrites paths.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from assetbuild.asset_base import HOST_VARIABLE
from assetbuild.diagnostics import Diagnostic, warning
from assetbuild.publish.target import S3Target
from assetbuild.urlparts import split_url

# with and without the bucket before it, a region, dual-stack. Source: the S3 user guide,
# "Virtual hosting of buckets" and "Amazon S3 dual-stack endpoints"
_AWS = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:[.-]dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?"
)


def judge_asset_host(url: str, target: S3Target) -> Diagnostic | None:
    """Return what does not fit; ``url`` is that of all assets: "https://host/path/assets/".

    The store's own host has the key as its path. Any other host is taken for a CDN, which may put
    an origin path before the URL's path, so the prefix has to end in it. A URL without a host is
    the app's own.
    """
    parts = split_url(url)
    if parts is None or not parts.hostname:
        return None
    path = unquote(parts.path).strip("/")
    prefix = target.prefix.strip("/")
    asked = f'pages ask for "{parts.hostname}/{path}/…"'
    found = _read_store_url(parts.hostname, parts.port, path, target)
    if found is None:
        if not path or f"/{prefix}".endswith(f"/{path}"):
            return None
        why = f'{asked}, and the keys begin with "{target.prefix}"'
        hint = f"set ASSETBUILD_S3_PREFIX={path}; a CDN that rewrites paths: silence this code"
    elif found.bucket != target.bucket:
        why = f'{asked}, the bucket "{found.bucket}", and "{target.bucket}" is published to'
        hint = f"set {HOST_VARIABLE} to the host of this app's bucket, or of its CDN"
    elif found.path != prefix:
        why = f'{asked}, and the keys begin with "{target.prefix}"'
        hint = (
            f"set ASSETBUILD_S3_PREFIX={found.path}, or let {HOST_VARIABLE} end where [assets] url "
            "begins in the key"
        )
    else:
        return None
    return warning(
        "publish/asset-host", f"{HOST_VARIABLE} does not lead to the assets: {why}", hint=hint
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoreUrl:
    bucket: str  # that the URL names
    path: str  # within the bucket, without slashes at its ends


def _read_store_url(host: str, port: int | None, path: str, target: S3Target) -> _StoreUrl | None:
    """Return what a URL of the target's store names; None for the host of something else."""
    if target.endpoint is None:
        matched = _AWS.fullmatch(host)
        if matched is None:
            return None
        bucket = matched["bucket"]
    else:
        store = urlsplit(target.endpoint)
        if port != store.port or not f".{host}".endswith(f".{store.hostname}"):
            return None
        bucket = host.removesuffix(str(store.hostname)).rstrip(".")
    if bucket:
        return _StoreUrl(bucket=bucket, path=path)
    bucket, _, path = path.partition("/")
    return _StoreUrl(bucket=bucket, path=path)
