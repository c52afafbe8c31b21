"""Forms of texts that a setting may hold, so that a slip is told where it was written.

In: a text. Out: whether it has the form. Refuses to know: what the text is used for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assetbuild.ages import parse_age
from assetbuild.environ import is_variable_name
from assetbuild.sizes import parse_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a text must be."""

    wanted: str  # for a message: "a size such as …"
    accepts: Callable[[str], bool]


def _has_pattern(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


def _is_below(text: str) -> bool:
    return not text.startswith("/") and ".." not in text.split("/")


# what may follow the host of a URL (RFC 3986, path); a space or a bracket would break a page's HTML
_URL = r"(?:(?:https?:)?//[A-Za-z0-9.:-]+(?=/|$))?(?!//)[A-Za-z0-9._~%!$&'()*+,;=:@/-]*"

GLOB = Form(wanted='a glob without "/" in front and without ".."', accepts=_is_below)
RELATIVE = Form(
    wanted="a path that is relative to the project", accepts=lambda text: text[0] != "/"
)
SIZE = Form(wanted='a size such as "2 GB"', accepts=lambda text: parse_size(text) is not None)
AGE = Form(wanted='an age such as "30d"', accepts=lambda text: parse_age(text) is not None)
URL = Form(
    wanted='a URL path such as "/assets/", or a host\'s URL with one',
    accepts=lambda text: _has_pattern(_URL)(text) and not {".", ".."} & set(text.split("/")),
)
HOST = Form(
    wanted='a host name, such as "static.example.com"',
    accepts=_has_pattern(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]"),
)
VARIABLE = Form(
    wanted='the name of a variable, such as "PUBLIC_URL"',
    accepts=is_variable_name,
)
HEADER = Form(
    wanted='the name of a header, such as "X-Robots-Tag"',
    accepts=_has_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"),
)
