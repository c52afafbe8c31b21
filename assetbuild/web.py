"""Ask for a URL with urllib: by the proxies of a given environment, with the URL's user info.

In: an environment, a URL's parts. Out: what opens URLs, and a request. Refuses to know: what an answer
means, and when to ask again.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from assetbuild.urlparts import split_credentials


def make_opener(
    env: Mapping[str, str], *handlers: urllib.request.BaseHandler
) -> urllib.request.OpenerDirector:
    """Return what opens URLs by the proxies that ``env`` names, and by further handlers."""
    proxies = {
        scheme: address
        for scheme in ("http", "https")
        if (address := env.get(f"{scheme}_proxy") or env.get(f"{scheme.upper()}_PROXY"))
    }
    exceptions = env.get("no_proxy") or env.get("NO_PROXY") or ""
    return urllib.request.build_opener(_Proxies(proxies, exceptions), *handlers)


def make_request(parts: SplitResult) -> urllib.request.Request:
    """Return a request for a URL, whose user info becomes its Authorization."""
    plain, authorization = split_credentials(parts)
    request = urllib.request.Request(plain)
    if authorization is not None:
        # unredirected: a redirect to another host must not carry the password there
        request.add_unredirected_header("Authorization", authorization)
    return request


class _Proxies(urllib.request.ProxyHandler):
    """Proxies and exceptions of a given environment; urllib's own reads the process's."""

    def __init__(self, proxies: dict[str, str], exceptions: str) -> None:
        super().__init__(proxies)
        self._exceptions = [one.strip().lstrip(".") for one in exceptions.split(",") if one.strip()]

    def proxy_open(self, req: urllib.request.Request, proxy: str, type: str) -> object:
        name = (urlsplit(f"//{req.host}").hostname or "").casefold()
        for one in self._exceptions:
            if one == "*" or name == one.casefold() or name.endswith(f".{one.casefold()}"):
                return None
        return super().proxy_open(req, proxy, type)
