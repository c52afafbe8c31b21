"""The head of an HTTP/1 request, as nearly every client writes it; anything else goes to h11.

In: bytes as they came. Out: a Head, or the word that there is more to come or that h11 must judge.
Only a strict part of the grammar is read here, and never a request with a body: what is ambiguous,
obsolete or wrong is refused by a parser that many use. Refuses to know: sockets, answers.
Source: RFC 9112 sections 2.2, 3 and 5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

MAX_HEAD = 32 * 1024
"""Bytes of the longest head; with more the answer is 431."""

# origin-form only, one space, CRLF only, no folded line, no control character
_HEAD = re.compile(
    rb"(GET|HEAD) (/[!-~]*) HTTP/1\.([01])\r\n"
    rb"((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)*)\r\n"
)
_USED = (
    *("accept-encoding", "host", "if-match", "if-modified-since", "if-none-match", "if-range"),
    *("if-unmodified-since", "range", "connection", "content-length", "transfer-encoding"),
)
_FIELD = re.compile(rb"(?im)^(" + "|".join(_USED).encode() + rb"):[ \t]*([^\r]*)\r$")


class Unread(Enum):
    """Why there is no Head."""

    PARTIAL = "partial"  # more bytes must come
    ODD = "odd"  # h11 must judge


@dataclass(frozen=True, slots=True)
class Head:
    """A request without a body."""

    method: str  # GET or HEAD
    target: bytes  # path and query, still percent-encoded; begins with a slash
    fields: dict[str, str]  # those that answers depend on, by lower-case name
    is_kept: bool  # the connection stays open after the answer
    is_old: bool  # HTTP/1.0: that it stays open must be said
    end: int  # index of the first byte after the head


def read_head(data: bytes, start: int) -> Head | Unread:
    """Read the head that begins at an index."""
    found = _HEAD.match(data, start)
    if found is None:
        is_whole = data.find(b"\r\n\r\n", start) >= 0 or len(data) - start > MAX_HEAD
        return Unread.ODD if is_whole else Unread.PARTIAL
    if found.end() - start > MAX_HEAD:
        return Unread.ODD
    method, target, minor, block = found.groups()
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(block):
        key = name.lower().decode()
        if key in fields:
            return Unread.ODD
        fields[key] = value.rstrip(b" \t").decode("latin-1")
    is_old = minor == b"0"
    if not is_old and "host" not in fields:
        return Unread.ODD
    if "transfer-encoding" in fields or fields.get("content-length", "0") != "0":
        return Unread.ODD
    connection = fields.get("connection")
    is_kept = not is_old
    if connection is not None:
        options = [one.strip() for one in connection.lower().split(",")]
        is_kept = "close" not in options and (is_kept or "keep-alive" in options)
    return Head(method.decode(), target, fields, is_kept, is_old, found.end())


class Target(NamedTuple):
    """What a request asks for."""

    path: str  # decoded; bytes that are not UTF-8 are lone surrogates, which no table holds
    query: str  # as it came, without "?"
    host: str | None  # that an absolute-form target names


def split_target(target: bytes) -> Target:
    """Return the parts of a request target."""
    host = None
    if not target.startswith(b"/"):
        try:
            parts = urlsplit(target.decode("latin-1"))
        except ValueError:
            return Target("", "", None)
        if parts.netloc:
            host = parts.netloc.rpartition("@")[2]
            rest = f"?{parts.query}" if parts.query else ""
            target = f"{parts.path or '/'}{rest}".encode("latin-1")
    path, _, query = target.partition(b"#")[0].partition(b"?")
    if b"%" in path or not path.isascii():
        path = unquote_to_bytes(path)
    return Target(path.decode("utf-8", "surrogateescape"), query.decode("latin-1"), host)
