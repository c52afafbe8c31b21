"""Keep secrets out of messages: user info and secret query values in URLs."""

from __future__ import annotations

import re

_USER_INFO = re.compile(r"(?<=://)[^/\s'\"]*@")
_QUERY = re.compile(
    r"([?&](?:token|access_token|key|secret|password|signature|sig|x-amz-[a-z-]+)=)[^&\s'\"#]+",
    re.IGNORECASE,
)


def redact_urls(text: str) -> str:
    """Return the text with user info and secret query values of URLs replaced by ``***``."""
    return _QUERY.sub(r"\1***", _USER_INFO.sub("***@", text))
