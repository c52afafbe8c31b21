"""Parts of a URL that a user, a client or another program wrote.

In: text. Out: its parts, or None. Refuses to know: which schemes or hosts are meant.
"""

from __future__ import annotations

import base64
from urllib.parse import SplitResult, quote, unquote, urlsplit


def split_url(text: str) -> SplitResult | None:
    """Return the parts; None where the brackets of an address or the port are broken."""
    try:
        parts = urlsplit(text)
        _ = (parts.port, parts.hostname)  # read when they are asked for, and refused then
    except ValueError:
        return None
    return parts


def split_credentials(parts: SplitResult) -> tuple[str, str | None]:
    """Return a URL without user info and fragment, and the Authorization that the user info means."""
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    if parts.username is None:
        return plain, None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return plain, "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def quote_path(path: str) -> str:
    """Return a decoded path as a URL writes it. Source: RFC 3986 section 3.3."""
    return quote(path, safe="/~!$&'()*+,;=:@")
