"""Fetch what was published and hold it against the build: effects in order, no decisions.

In: an open place. Out: what was found.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable

from assetbuild.asset_base import HOST_VARIABLE, parse_base
from assetbuild.jobs.publish import Place, read_release
from assetbuild.publish.items import Item
from assetbuild.publish.opening import open_site
from assetbuild.publish.store import Fetched
from assetbuild.publish.target import S3Target
from assetbuild.publish.verify import ORIGIN, VerifyResult, fetch_through, verify


def verify_assets(place: Place, *, through: str | None, is_direct: bool = False) -> VerifyResult:
    """Fetch every object of the project's build, from the bucket or through a CDN.

    Without ``through`` it is the way that pages take: the asset host, where the environment names
    one, unless ``is_direct``.
    """
    release = read_release(place)
    if through is None and not is_direct:
        through = _find_asset_host(place)

    def fetch_from_store(item: Item) -> Fetched:
        return place.store.fetch(item.key, origin=ORIGIN)

    with contextlib.closing(place.store), contextlib.ExitStack() as stack:
        fetch: Callable[[Item], Fetched] = fetch_from_store
        if through is not None:
            wire, path = open_site(through, place.env, timeout_s=place.options.timeout_s)
            stack.enter_context(contextlib.closing(wire))
            base = path.rstrip("/") + "/"
            fetch = fetch_through(wire, base, place.options.policy, random.random)
        return verify(
            release.items,
            fetch,
            workers=place.config.publish.workers,
            is_through_cdn=through is not None,
            on_progress=lambda done, total: place.reporter.progress(done, total, "got"),
        )


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
