"""Parts of a URL that a user, a client or another program wrote.

In: text. Out: its parts, or None. Refuses to know: which schemes or hosts are meant.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_url(text: str) -> SplitResult | None:
    """Return the parts; None where the brackets of an address or the port are broken."""
    try:
        parts = urlsplit(text)
        _ = (parts.port, parts.hostname)  # read when they are asked for, and refused then
    except ValueError:
        return None
    return parts
