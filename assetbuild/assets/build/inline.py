"""Put small files into the stylesheet that names them, as data URIs.

In: resolved outputs, limits by glob, the bytes of candidates. Out: the same outputs with URLs
replaced, and for each candidate what was decided. Pure but for ``read``.

A file goes in only where exactly one place of the whole build names it: what is named twice would
be sent twice, and a reference is cached. A query or fragment stays a reference, for a data URI has
neither.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assetbuild.assets.build.link import Resolution
from assetbuild.assets.naming import Link
from assetbuild.paths import LogicalPath
from assetbuild.sizes import format_size

_KINDS = frozenset({"url", "image-set"})
_OWNERS = frozenset({"text/css", "text/html"})
_SVG = "image/svg+xml"
# what a URL may not hold, or what would end url() or a string; all else of an SVG stays readable
_UNSAFE = re.compile(r"[^A-Za-z0-9\-._~!$&*+,;=:@/?]")
# in a quoted CSS string only these would be read as something else
_UNSAFE_IN_STRING = re.compile(r"[^ -~]|[%#\\\"]")
# every double quote delimits a value in a tag, and nothing else does: they may be single ones
_QUOTES_ARE_SYNTAX = re.compile(r"""[^<"']*(?:<(?:[^<>"']|"[^"'<>]*")*>[^<"']*)*""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file that a rule asks to inline."""

    limit: int  # bytes up to which
    size: int  # of its final bytes
    media_type: str  # without parameters
    is_final: bool  # False: it names other files, so its bytes are not known yet
    read: Callable[[], bytes]  # gives the final bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlined:
    """What was decided on a candidate."""

    target: LogicalPath
    owner: LogicalPath | None  # where it stands now; None: it stays a reference
    note: str  # for ``assetbuild explain``


def inline_files(
    resolutions: Mapping[LogicalPath, Resolution],
    candidates: Mapping[LogicalPath, Candidate],
    media_types: Mapping[LogicalPath, str],
) -> tuple[dict[LogicalPath, Resolution], tuple[Inlined, ...]]:
    """Return the resolutions with data URIs in them, and every decision, sorted by target."""
    named: dict[LogicalPath, list[tuple[LogicalPath, Link]]] = {}
    for owner, one in resolutions.items():
        for link in one.node.links:
            if link.target in candidates:
                named.setdefault(link.target, []).append((owner, link))
    result = dict(resolutions)
    decided = []
    for target, places in sorted(named.items()):
        candidate = candidates[target]
        owner, link = places[0]
        why = _find_objection(places, candidate, media_types.get(owner, ""))
        if why is not None:
            decided.append(Inlined(target=target, owner=None, note=f"not inlined: {why}"))
            continue
        is_css = media_types[owner] == "text/css"
        uri = make_data_uri(candidate.read(), candidate.media_type, is_quoted=is_css)
        reference = link.reference
        if is_css:
            # quotes let an SVG stand nearly as it is
            reference = replace(reference, form="css-string")
        node = result[owner].node
        node = replace(
            node,
            links=tuple(one for one in node.links if one is not link),
            replacements=(*node.replacements, (reference, uri)),
        )
        result[owner] = replace(result[owner], node=node)
        decided.append(Inlined(target=target, owner=owner, note=f"inlined in {owner}"))
    return result, tuple(decided)


def _find_objection(
    places: list[tuple[LogicalPath, Link]], candidate: Candidate, owner_type: str
) -> str | None:
    if candidate.size > candidate.limit:
        return f"{format_size(candidate.size)} is over {format_size(candidate.limit)}"
    if len(places) > 1:
        owners = sorted({owner for owner, _ in places})
        return f"it is named {len(places)} times, by {', '.join(owners[:3])}"
    link = places[0][1]
    if link.suffix:
        return f'it is named with "{link.suffix}"'
    if owner_type not in _OWNERS or link.reference.kind not in _KINDS:
        return f"{places[0][0]} names it otherwise than by url() of CSS"
    if not candidate.is_final:
        return "it names other files"
    return None


def make_data_uri(data: bytes, media_type: str, *, is_quoted: bool = False) -> str:
    """Return the shorter data URI: base64, or percent-encoded text for an SVG.

    ``is_quoted``: it will stand in a CSS string, where fewer characters must be encoded.
    """
    coded = f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
    if media_type != _SVG:
        return coded
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return coded
    # a data URI is US-ASCII until it says otherwise; percent-encoded UTF-8 needs no charset
    if is_quoted and _QUOTES_ARE_SYNTAX.fullmatch(text):
        text = text.replace('"', "'")
    unsafe = _UNSAFE_IN_STRING if is_quoted else _UNSAFE
    written = f"data:{_SVG}," + unsafe.sub(_percent, text)
    return min(written, coded, key=len)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())
