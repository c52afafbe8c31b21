"""Answer a request from the table: pure, complete, by RFC 9110.

In: a table, a method, a decoded path, the header fields. Out: a Response, or None where the
request is not for us. Refuses to know: servers, sockets, files.
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import quote

from assetbuild.serve.negotiate import (
    Unsatisfiable,
    choose_coding,
    is_host_served,
    matches_strongly,
    matches_weakly,
    parse_http_date,
    parse_range,
)
from assetbuild.serve.table import (
    NEVER_CHANGED_S,
    NO_STORE,
    FileBody,
    Representation,
    Resource,
    Response,
    Table,
)
from assetbuild.urlparts import quote_path

ALLOW = "GET, HEAD, OPTIONS"
_MISSING_PAGE = "404.html"  # as a bucket's website, GitHub's pages and Netlify have it
# what would let a cache, or a client that resumes, take that page for the resource
_NOT_OF_404 = frozenset({"cache-control", "etag", "last-modified", "accept-ranges"})
# what a query may hold as it is; "#" would end it
_IN_QUERY = "".join(chr(one) for one in range(0x21, 0x7F) if one != ord("#"))


class Fields(Protocol):
    """Header fields by lower-case name; the values of a repeated field joined by commas."""

    def get(self, name: str, /) -> str | None:
        """Return the value, or None."""


def respond(
    table: Table, method: str, path: str, headers: Fields, query: str = "", mount: str = ""
) -> Response | None:
    """Return the answer, or None where path and host belong to the app.

    ``path`` is percent-decoded, without the query. What could not be decoded is passed as it
    stands: it names nothing, so it is not found. ``query`` (as it came, without "?") and ``mount``
    (what stands before ``path`` in the URL) matter where the answer leads to another URL.
    """
    is_below = path.startswith(table.prefix)
    key = path[len(table.prefix) :] if is_below else None
    resource = table.resources.get(key) if key is not None else None
    if resource is None:
        is_ours = bool(table.hosts) and is_host_served(headers.get("host"), table.hosts)
        if is_ours and not is_below:
            key = path[1:]
            resource = table.resources.get(key)
        is_page = key in table.folders or _is_root_page(table, path)
        if resource is None and not is_page:
            if is_ours or (not table.is_root and is_below):
                return find_nothing(method)
            return None
    if method in ("GET", "HEAD"):
        if resource is None:
            return _add_slash(method, path, query, mount)
        return _select(resource, method, headers)
    return OPTIONS if method == "OPTIONS" else NOT_ALLOWED


def _is_root_page(table: Table, path: str) -> bool:
    """Tell whether a path is our prefix without its slash, and a page lies there."""
    return "" in table.resources and f"{path}/" == table.prefix


def _add_slash(method: str, path: str, query: str, mount: str) -> Response:
    """Lead to the folder's own URL: from any other, relative names in its page would miss.

    Preconditions and ranges do not matter here (RFC 9110 sections 13.2.1 and 14.2).
    """
    place = quote_path(path) + "/"
    # a server may hand on what no header field may hold
    after = f"?{quote(query.encode('latin-1', 'replace'), safe=_IN_QUERY)}" if query else ""
    text = f"301: {place}\n".encode()
    headers = (
        ("Location", f"{quote_path(mount)}{place}{after}"),
        # no-cache: browsers keep a 301 for good, and a folder may become something else
        *_plain(text, cache_control="no-cache"),
    )
    return Response(301, headers, b"" if method == "HEAD" else text)


def _select(resource: Resource, method: str, headers: Fields) -> Response:
    coding = ""
    if resource.codings:
        chosen = choose_coding(headers.get("accept-encoding"), resource.codings)
        if chosen is None:
            return NOT_ACCEPTABLE if method == "GET" else NOT_ACCEPTABLE_HEAD
        coding = chosen
    found = resource.represent(coding)
    refused = _check_conditions(resource, found, headers)
    if refused is not None:
        return FAILED_HEAD if refused is FAILED and method == "HEAD" else refused
    if method == "HEAD":
        return found.head
    asked = headers.get("range")
    if asked is None:
        return found.get
    return _cut_range(found, asked, headers.get("if-range"))


def _check_conditions(
    resource: Resource, found: Representation, headers: Fields
) -> Response | None:
    """Evaluate the preconditions in the order of RFC 9110 section 13.2.2."""
    if_match = headers.get("if-match")
    if if_match is not None:
        if not matches_strongly(if_match, found.etag):
            return FAILED
    elif resource.is_hashed:
        unmodified = headers.get("if-unmodified-since")
        if unmodified is not None:
            moment = parse_http_date(unmodified)
            if moment is not None and moment < NEVER_CHANGED_S:
                return FAILED
    if_none_match = headers.get("if-none-match")
    if if_none_match is not None:
        return found.not_modified if matches_weakly(if_none_match, found.etag) else None
    if resource.is_hashed:
        since = headers.get("if-modified-since")
        if since is not None:
            moment = parse_http_date(since)
            if moment is not None and moment >= NEVER_CHANGED_S:
                return found.not_modified
    return None


def _cut_range(found: Representation, asked: str, if_range: str | None) -> Response:
    whole = found.get
    body = whole.body
    assert isinstance(body, FileBody)
    # a date is shared by all codings, so it is no strong validator (section 13.1.5): only our
    # own strong tag lets a client join a range to what it has
    if if_range is not None and if_range.strip() != found.etag:
        return whole
    span = parse_range(asked, body.size)
    if span is None:
        return whole
    if isinstance(span, Unsatisfiable):
        return _refuse_range(found, body.size)
    first, last = span
    return Response(
        206,
        (
            *found.fields,
            ("Content-Range", f"bytes {first}-{last}/{body.size}"),
            ("Content-Length", str(last - first + 1)),
        ),
        FileBody(body.path, body.folder, body.sha256, body.size, first, last + 1),
    )


def _refuse_range(found: Representation, size: int) -> Response:
    text = b"416: no such range\n"
    vary = tuple(one for one in found.fields if one[0] == "Vary")
    return Response(
        416,
        (*_plain(text), *vary, ("Accept-Ranges", "bytes"), ("Content-Range", f"bytes */{size}")),
        text,
    )


def _plain(text: bytes, *, cache_control: str = NO_STORE) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Cache-Control", cache_control),
        ("Access-Control-Allow-Origin", "*"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Length", str(len(text))),
    )


def plain_answer(status: int, text: str) -> Response:
    """Return an answer that is no asset's."""
    data = f"{status}: {text}\n".encode()
    return Response(status, _plain(data), data)


def _fixed(status: int, data: bytes, *more: tuple[str, str]) -> Response:
    return Response(status, (*_plain(data), *more), data, True)


def _without_body(whole: Response) -> Response:
    return Response(whole.status, whole.headers, b"", True)


VARY = ("Vary", "Accept-Encoding")
NOT_FOUND_TEXT = b"404: no such asset\n"
NOT_FOUND = _fixed(404, NOT_FOUND_TEXT)
NOT_FOUND_HEAD = _without_body(NOT_FOUND)
NOT_ALLOWED = _fixed(405, b"405: assets are only read\n", ("Allow", ALLOW))
NOT_ACCEPTABLE = _fixed(406, b"406: no acceptable content coding\n", VARY)
NOT_ACCEPTABLE_HEAD = _without_body(NOT_ACCEPTABLE)
FAILED = _fixed(412, b"412: a precondition failed\n", VARY)
FAILED_HEAD = _without_body(FAILED)
BROKEN_TEXT = b"500: the file of this asset is missing or damaged\n"
BROKEN = _fixed(500, BROKEN_TEXT)
"""What a server says when the bytes on disk are not those that the manifest promised."""

OPTIONS = Response(
    200,
    (
        ("Allow", ALLOW),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", ALLOW),
        ("Access-Control-Allow-Headers", "*"),
        ("Access-Control-Max-Age", "86400"),
        ("X-Content-Type-Options", "nosniff"),
        # of nothing; PEP 3333's validator wants one with every 200
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", "0"),
    ),
    b"",
    True,
)


def find_nothing(method: str) -> Response:
    """Return the 404, which for HEAD has no body."""
    return NOT_FOUND_HEAD if method == "HEAD" else NOT_FOUND


def miss(table: Table, method: str, headers: Fields) -> Response:
    """Return the 404 of a server with no app behind: a site's own page for it, where it has one."""
    page = table.resources.get(_MISSING_PAGE) if table.is_root else None
    if page is None or page.is_hashed or method not in ("GET", "HEAD"):
        return find_nothing(method)
    coding = choose_coding(headers.get("accept-encoding"), page.codings) if page.codings else ""
    # what no coding fits is still better told than refused
    whole = page.represent(coding or "").get
    kept = (one for one in whole.headers if one[0].lower() not in _NOT_OF_404)
    body = b"" if method == "HEAD" else whole.body
    return Response(404, (("Cache-Control", NO_STORE), *kept), body)
