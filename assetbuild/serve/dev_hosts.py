"""Who may ask the dev server: this machine, by a name that is known to mean it.

In: the Host and Origin fields of a request, the names that are allowed. Out: yes or no. A foreign
page can make its own name mean 127.0.0.1 (DNS rebinding) and would then read the sources.
Refuses to know: requests, what is served.
"""

from __future__ import annotations

from collections.abc import Iterable

from assetbuild.serve.negotiate import split_host
from assetbuild.urlparts import split_url


def allowed_hosts(more: Iterable[str]) -> tuple[str, ...]:
    """Return the host names that a dev server answers, in lower case: loopback's and the configured."""
    return ("localhost", "127.0.0.1", "::1", *(one.lower() for one in more))


def is_refused(host: str | None, origin: str | None, allowed: Iterable[str]) -> bool:
    """Tell whether a request comes by a foreign host name or from a foreign page."""
    names = tuple(allowed)
    if host is None or not _is_local(split_host(host), names):
        return True
    if origin is None:
        return False
    parts = split_url(origin)
    return parts is None or not _is_local((parts.hostname or "").lower(), names)


def _is_local(name: str, allowed: tuple[str, ...]) -> bool:
    return name in allowed or name.endswith(".localhost")
