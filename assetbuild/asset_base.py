"""Where browsers reach the assets: the configured URL, and the host that the environment names.

In: text. Out: a Base. Errors: ``serve/bad-url``. Refuses to know: who serves or publishes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.urlparts import split_url

HOST_VARIABLE = "ASSETBUILD_ASSET_HOST"
"""Environment variable: where browsers fetch assets ("https://cdn.example.com"); read at run time,
because the same slug is promoted from staging to production."""

# white space, control characters and what a URL must escape: pages would break at them
_NOT_IN_URLS = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Where assets are reached."""

    url: str  # what every URL begins with: "/assets/", "https://cdn.example.com/assets/"
    prefix: str  # path of it on our own server; begins and ends with a slash
    host: str | None  # host name of a URL that has one


def parse_base(url: str, asset_host: str | None) -> Base:
    """Return the base of a configured URL and of the environment's asset host, which wins."""
    parts = split_url(url)
    if parts is None or not _is_base(parts) or (parts.scheme and not parts.netloc):
        raise AssetbuildError(
            error(
                "serve/bad-url",
                f'"{_hide_user_info(url)}" is not a URL that assets can be served under',
                hint='write url = "/assets/" below [assets] in assetbuild.toml',
            )
        )
    prefix = "/" + parts.path.strip("/") + "/" if parts.path.strip("/") else "/"
    head = f"{parts.scheme + ':' if parts.scheme else ''}//{parts.netloc}" if parts.netloc else ""
    asset_host = (asset_host or "").strip()
    if asset_host:
        text = asset_host if "//" in asset_host else "//" + asset_host
        named = split_url(text)
        is_odd = _NOT_IN_URLS.search(asset_host) is not None
        if is_odd or named is None or not named.netloc or not _is_base(named):
            raise AssetbuildError(
                error(
                    "serve/bad-url",
                    f'"{_hide_user_info(asset_host)}" in {HOST_VARIABLE} is not a host',
                    hint=f"write {HOST_VARIABLE}=https://cdn.example.com",
                )
            )
        head, parts = text.rstrip("/"), named
    return Base(url=head + prefix, prefix=prefix, host=parts.hostname)


def _is_base(parts: SplitResult) -> bool:
    """Tell whether pages can name what lies below it.

    User info would stand in every page, and Chromium loads nothing whose URL has some.
    """
    is_web = parts.scheme in ("", "http", "https")
    return is_web and "@" not in parts.netloc and not parts.query and not parts.fragment


def _hide_user_info(text: str) -> str:
    """Return a text that may be no URL at all without what stands before its last @."""
    _, at, tail = text.rpartition("@")
    return f"***@{tail}" if at else text
