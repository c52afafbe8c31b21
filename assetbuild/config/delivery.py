"""Settings of publishing and serving that are safe in a repository (no bucket, no secret)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assetbuild.config.forms import AGE, HEADER, HOST
from assetbuild.config.settings import setting


@dataclass(frozen=True, kw_only=True)
class PublishConfig:
    """The publisher."""

    variants: Literal["separate", "none", "gzip"] = setting(
        "separate",
        "Precompressed variants in the bucket: under keys of their own, not at all, or gzip bytes under the main key.",
    )
    workers: int = setting(16, "Requests to the store at once.", least=1, most=1000)
    attempts: int = setting(8, "Tries of one request before it is an error.", least=1, most=100)
    timeout: int = setting(60, "Seconds without a byte after which a try has failed.", least=1)
    headers_elsewhere: tuple[str, ...] = setting(
        (),
        "Headers of rules that S3 cannot keep and that the CDN adds.",
        example='["X-Robots-Tag"]',
        form=HEADER,
    )
    keep_releases: int = setting(20, "Releases that prune keeps.", least=1)
    min_age: str = setting("30d", "Age below which prune keeps everything.", form=AGE)


@dataclass(frozen=True, kw_only=True)
class ServeConfig:
    """The origin and the dev server."""

    hosts: tuple[str, ...] = setting(
        (),
        "Host names (or prefixes ending in a dot) answered before the app.",
        example='["static."]',
        form=HOST,
    )
    unhashed: Literal["revalidate", "off"] = setting(
        "revalidate",
        "revalidate: a hashed output also answers under its logical path, with no-cache; off: 404.",
    )
    keep_previous: int = setting(
        0,
        "Earlier releases whose hashed files a build keeps beside its own, so that pages of yesterday still find theirs; 0: none.",
    )
    keep_previous_mb: int = setting(
        100, "Megabytes that the files of earlier releases may add to the slug."
    )
    importmap: Mapping[str, str] = setting(
        {},
        "Module names for the browser's import map: name -> logical path; both ending in a slash: a folder. Empty: every script under its logical path.",
        example='{ app = "js/app.js", "lib/" = "js/lib/" }',
    )
    dev_hosts: tuple[str, ...] = setting(
        (),
        "Host names, beside loopback's, that the dev server answers.",
        example='["my-laptop.test"]',
        form=HOST,
    )
