"""The response headers of an output: one place for the uploader, the server and the routes.

In: what the manifest says of an output, and the ``headers`` of the configuration's rules.
Out: ordered pairs of header name and value, safe to put on the wire as they are.
Refuses to know: requests (so no Vary, ETag or Content-Length: who negotiates adds them), stores.
Source: RFC 9110 (fields), RFC 9111 and RFC 8246 (caching), Fetch (CORS, nosniff).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.globs import Glob, compile_glob
from assetbuild.media import with_charset

Headers = tuple[tuple[str, str], ...]
"""Header fields in the order they are sent; a name stands at most once."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""The name changes with the content, so what a cache holds is right for ever (a year)."""

REVALIDATE = "no-cache"
"""The name stays while the content changes: a cache asks before each use."""

STORABLE = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    }
)
"""Lower-case names that S3 keeps with an object and sends again; ``x-amz-meta-*`` besides.

Source: PutObject, system-defined object metadata.
"""

# fields that describe one message or one connection: the server, never a rule, decides them
_RESERVED = frozenset(
    {
        "accept-ranges",
        "age",
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "date",
        "etag",
        "keep-alive",
        "last-modified",
        "location",
        "proxy-authenticate",
        "server",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "vary",
    }
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
# RFC 9110 section 5.5 without obs-text: no control character can end the line, and bytes above
# ASCII are read differently by every server, cache and store
_VALUE = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRule:
    """Headers for the outputs whose logical path matches; made by compile_header_rules."""

    glob: Glob  # of logical paths
    headers: Headers  # checked; an empty value takes the field away


def compile_header_rules(rules: Iterable[tuple[str, Mapping[str, str]]]) -> tuple[HeaderRule, ...]:
    """Check the ``headers`` of ``[[rule]]`` tables, given as (glob, headers), and compile them.

    Errors, all of them at once: ``headers/invalid-name``, ``headers/invalid-value``,
    ``headers/reserved``.
    """
    problems: list[Diagnostic] = []
    compiled: list[HeaderRule] = []
    for pattern, headers in rules:
        if not headers:
            continue
        for name, value in headers.items():
            problems.extend(_check_field(name, value, pattern))
        compiled.append(HeaderRule(glob=compile_glob(pattern), headers=tuple(headers.items())))
    if problems:
        raise AssetbuildError(*sort_diagnostics(problems))
    return tuple(compiled)


def response_headers(
    logical: str,
    *,
    media_type: str,
    is_hashed: bool,
    coding: str | None = None,
    custom: Sequence[HeaderRule] = (),
) -> Headers:
    """Return the headers of an output, or of its variant in a content coding.

    ``coding`` is "br", "gzip", "zstd" or None. Later rules of ``custom`` win, field by field,
    over earlier ones and over ours; an empty value removes a field. Errors:
    ``headers/invalid-value`` for a media type that cannot stand in a header.
    """
    fields = {"content-type": ("Content-Type", with_charset(media_type))}
    if coding is not None:
        fields["content-encoding"] = ("Content-Encoding", coding)
    fields["cache-control"] = ("Cache-Control", IMMUTABLE if is_hashed else REVALIDATE)
    # fonts, modules, WebGL textures and integrity-checked scripts are fetched with CORS when
    # assets live on another host; assets are public, so any origin may read them
    fields["access-control-allow-origin"] = ("Access-Control-Allow-Origin", "*")
    fields["x-content-type-options"] = ("X-Content-Type-Options", "nosniff")
    for rule in custom:
        if rule.glob.matches(logical):
            for name, value in rule.headers:
                if value:
                    fields[name.lower()] = (name, value)
                else:
                    fields.pop(name.lower(), None)
    for name, value in fields.values():
        if _VALUE.fullmatch(value) is None:
            raise AssetbuildError(_refuse_value(name, value, logical))
    return tuple(fields.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHeaders:
    """Headers parted by who can send them when the bytes lie in an S3 bucket."""

    stored: Headers  # kept with the object
    metadata: Headers  # kept as user metadata; names without "x-amz-meta-", lower-case
    elsewhere: Headers  # the bucket's CORS configuration or the CDN has to add them


def split_storable(headers: Headers) -> StoredHeaders:
    """Part headers into those that S3 keeps with an object and those it cannot keep."""
    stored, metadata, elsewhere = [], [], []
    for name, value in headers:
        lower = name.lower()
        if lower in STORABLE:
            stored.append((name, value))
        elif lower.startswith("x-amz-meta-"):
            metadata.append((lower.removeprefix("x-amz-meta-"), value))
        else:
            elsewhere.append((name, value))
    return StoredHeaders(stored=tuple(stored), metadata=tuple(metadata), elsewhere=tuple(elsewhere))


def _check_field(name: str, value: str, pattern: str) -> Iterable[Diagnostic]:
    if _TOKEN.fullmatch(name) is None:
        yield error(
            "headers/invalid-name",
            f'{_show(name)} is not the name of a header (rule "{pattern}")',
            hint="a header's name has letters, digits and hyphens only",
        )
    elif name.lower() in _RESERVED:
        yield error(
            "headers/reserved",
            f'the header "{name}" cannot be set by a rule (rule "{pattern}")',
            hint="it is worked out for each answer; remove it from the rule",
        )
    if value and _VALUE.fullmatch(value) is None:
        yield _refuse_value(name, value, pattern)


def _refuse_value(name: str, value: str, subject: str) -> Diagnostic:
    return error(
        "headers/invalid-value",
        f'{_show(value)} cannot be the value of the header {_show(name)} ("{subject}")',
        hint="a value is one line of printable ASCII without spaces at its ends",
    )


def _show(text: str) -> str:
    """Quote a text so that control characters are seen, not obeyed, by a terminal."""
    return '"' + text.encode("unicode_escape").decode("ascii") + '"'
