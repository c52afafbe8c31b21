"""Fetch what was published and hold it against the build: effects in order, no decisions.

In: an open place. Out: what was found.
"""

from __future__ import annotations

import random

from assetbuild.asset_base import HOST_VARIABLE, parse_base
from assetbuild.jobs.publish import Place, read_release
from assetbuild.publish.opening import open_site
from assetbuild.publish.target import S3Target
from assetbuild.publish.verify import VerifyResult, fetch_through, verify


def verify_assets(place: Place, *, through: str | None, is_direct: bool = False) -> VerifyResult:
    """Fetch every object of the project's build, from the bucket or through a CDN.

    Without ``through`` it is the way that pages take: the asset host, where the environment names
    one, unless ``is_direct``.
    """
    release = read_release(place)
    workers = place.config.publish.workers
    if through is None and not is_direct:
        through = _find_asset_host(place)
    if through is None:
        try:
            return verify(
                release.items,
                lambda item: place.store.fetch(item.key, origin="https://example.com"),
                workers=workers,
                is_through_cdn=False,
                on_progress=lambda done, total: place.reporter.progress(done, total, "got"),
            )
        finally:
            place.store.close()
    wire, path = open_site(through, place.env, timeout_s=place.options.timeout_s)
    base = path.rstrip("/") + "/"
    try:
        return verify(
            release.items,
            fetch_through(wire, base, place.options.policy, random.random),
            workers=workers,
            is_through_cdn=True,
            on_progress=lambda done, total: place.reporter.progress(done, total, "got"),
        )
    finally:
        wire.close()


def _find_asset_host(place: Place) -> str | None:
    """Return the URL below which pages ask for the objects of a bucket, and tell it."""
    host = place.env.get(HOST_VARIABLE)
    if not host or not isinstance(place.target, S3Target):
        return None
    url = parse_base(place.config.assets.url, host).url
    if url.startswith("//"):
        url = f"https:{url}"
    place.reporter.detail(f"through {url}, from {HOST_VARIABLE}")
    return url
