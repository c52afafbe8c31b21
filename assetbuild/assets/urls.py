"""URLs as references write them: which name a file of the build, and which path they mean.

In: decoded reference texts. Out: paths, suffixes, quoted relative URLs.
Refuses to know: which files exist.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from urllib.parse import quote, unquote_to_bytes

from assetbuild.paths import LogicalPath, join_logical, relative_url_path

ASSET_SCHEME = "asset:"
"""``asset:img/logo.png`` is the logical path from the roots: what SCSS ``asset-url()`` emits."""

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
# a template language fills these in later: {{ x }}, {% x %}, <%= x %>, ${x}, __x__ is a name
_TEMPLATE = re.compile(r"\{\{|\{%|<%|\$\{|#\{")
_PATH_SAFE = "/-._~!$*+=@:"


def split_suffix(url: str) -> tuple[str, str]:
    """Return the path and the rest: ``"a.eot?#iefix"`` is ``("a.eot", "?#iefix")``."""
    for at, char in enumerate(url):
        if char in "?#":
            return url[:at], url[at:]
    return url, ""


def is_local(url: str) -> bool:
    """Tell whether the URL can name a file of the build: a path, or the ``asset:`` scheme.

    Not local: empty, only a query or a fragment, ``//host``, any other scheme, templates.
    """
    text = url.strip()
    if not text or text[0] in "#?" or text.startswith("//"):
        return False
    if _SCHEME.match(text):
        return text.startswith(ASSET_SCHEME) and len(text) > len(ASSET_SCHEME)
    return not _TEMPLATE.search(text)


def is_bare_specifier(url: str) -> bool:
    """Tell whether a JavaScript module name is looked up in packages: "react", not "./react"."""
    return not url.startswith(("./", "../", "/", ASSET_SCHEME)) and url not in {".", ".."}


def decode_path(path: str) -> str:
    """Return the file path a URL path means: percent-decoded, NFC.

    A percent sign that starts no valid UTF-8 sequence stays as written.
    """
    if "%" in path:
        data = unquote_to_bytes(path)
        with contextlib.suppress(UnicodeDecodeError):
            path = data.decode("utf-8")
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def quote_path(path: str) -> str:
    """Return a relative file path as a URL that every context takes: ASCII, percent-encoded."""
    quoted = quote(path, safe=_PATH_SAFE)
    # a colon in the first part would read as a scheme
    return f"./{quoted}" if ":" in quoted.partition("/")[0] else quoted


def relative_url(target: str, owner: str) -> str:
    """Return the URL by which the file at ``owner`` names ``target`` (both below the output)."""
    folder, _, _ = owner.rpartition("/")
    return quote_path(relative_url_path(target, folder))


def locate_url(
    url: str, folder: str, *, url_prefix: str | None = None
) -> tuple[LogicalPath, str] | None:
    """Return the logical path that a local URL means from a logical folder, and its suffix.

    ``url_prefix`` ("/assets/") makes absolute paths below it logical ones. None: the URL is not
    local, or leads out of the roots.
    """
    if not is_local(url):
        return None
    path, suffix = split_suffix(url.strip())
    if path.startswith(ASSET_SCHEME):
        found = join_logical("", decode_path(path[len(ASSET_SCHEME) :]).lstrip("/"))
    elif path.startswith("/"):
        if url_prefix is None or not path.startswith(url_prefix):
            return None
        found = join_logical("", decode_path(path[len(url_prefix) :]))
    else:
        found = join_logical(folder, decode_path(path))
    return None if found is None else (found, suffix)
