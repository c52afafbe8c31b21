"""Settings of publishing and serving that are safe in a repository (no bucket, no secret)."""

from __future__ import annotations

from dataclasses import dataclass

from assetbuild.config.settings import setting


@dataclass(frozen=True, kw_only=True)
class PublishConfig:
    """The publisher."""

    keep_releases: int = setting(20, "Releases that prune keeps.")
    min_age: str = setting("30d", "Age below which prune keeps everything.")


@dataclass(frozen=True, kw_only=True)
class ServeConfig:
    """The origin and the dev server."""

    hosts: tuple[str, ...] = setting(
        (),
        "Host names (or prefixes ending in a dot) answered before the app.",
        example='["static."]',
    )
