"""What a manifest puts where: keys, files, headers and the order of putting.

In: a Manifest, header rules, how variants are stored. Out: Items, sorted by rank and key, or every
problem at once. Refuses to know: disks, stores, what is remote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.components import find_components
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.digests import digest_parts
from assetbuild.publish.headers import HeaderRule, Headers, response_headers, split_storable

CONTROL = ".assetbuild/"
"""Keys below it are the ledger's; no output may be called so."""

VariantsMode = Literal["separate", "none", "gzip"]
_CODINGS = frozenset({"br", "gzip", "zstd"})
_MAX_KEY = 1024  # bytes of UTF-8; S3's limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One object to be."""

    key: str  # below the store's prefix
    file: str  # path below the output folder
    size: int  # bytes
    sha256: str  # 64 hex digits
    headers: Headers  # what the object keeps, lower-case, sorted
    rank: int  # 0 is put first; what names other files comes after them
    is_hashed: bool  # the name changes with the content

    @property
    def headers_digest(self) -> str:
        """A short digest of the headers, for the ledger."""
        return digest_parts("headers", (part for pair in self.headers for part in pair))[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutOptions:
    """How a manifest becomes objects."""

    prefix: str = ""  # of the store, for the length of keys
    variants: VariantsMode = "separate"  # see docs/explanation/publishing.md
    rules: Sequence[HeaderRule] = ()  # custom headers
    added_elsewhere: Sequence[str] = ()  # custom headers that the CDN adds
    keeps_any_header: bool = False  # the embedded store keeps what S3 cannot


def lay_out(manifest: Manifest, options: LayoutOptions) -> tuple[Item, ...]:
    """Return the items of a manifest, sorted by rank, then key; keys are unique.

    Errors, all at once: ``publish/unstorable-header``, ``publish/unknown-coding``,
    ``publish/no-gzip-variant``, ``publish/key-clash``, ``publish/key-too-long``,
    ``publish/reserved-key``, ``headers/invalid-value``.
    """
    problems: list[Diagnostic] = []
    ranks = rank_entries(manifest)
    found: dict[str, Item] = {}
    entries = sorted(manifest.entries.values(), key=lambda one: one.logical)
    if options.variants == "gzip" and not any("gzip" in one.variants for one in entries):
        problems.append(
            error(
                "publish/no-gzip-variant",
                'publish.variants is "gzip", but the manifest has no gzip variant',
                hint='add "gzip" to [variants] codings and build again, or use "separate"',
            )
        )
    for entry in entries:
        for item in _items_of(entry, ranks[entry.logical], options, problems):
            problems.extend(_check_key(item, options.prefix))
            other = found.setdefault(item.key, item)
            if other.sha256 != item.sha256 or other.headers != item.headers:
                problems.append(
                    error(
                        "publish/key-clash",
                        f'two outputs want the key "{item.key}"',
                        hint="rename one of the sources",
                    )
                )
    if problems:
        raise AssetbuildError(*sort_diagnostics(problems))
    return tuple(sorted(found.values(), key=lambda one: (one.rank, one.key)))


def rank_entries(manifest: Manifest) -> Mapping[str, int]:
    """Return each entry's rank: above all that it references; members of a cycle share theirs.

    Names without a hash come last of all: they change what live pages see.
    """
    links: dict[str, list[str]] = {
        name: [one for one in entry.references if one in manifest.entries]
        for name, entry in manifest.entries.items()
    }
    ranks: dict[str, int] = {}
    for members in find_components(sorted(links), lambda name: links[name]):
        below = {one for name in members for one in links[name]} - set(members)
        rank = 1 + max((ranks[one] for one in below), default=-1)
        ranks.update(dict.fromkeys(members, rank))
    top = 1 + max(ranks.values(), default=0)
    return {
        name: ranks[name] if entry.is_hashed else top for name, entry in manifest.entries.items()
    }


def _items_of(
    entry: ManifestEntry, rank: int, options: LayoutOptions, problems: list[Diagnostic]
) -> list[Item]:
    items: list[Item] = []
    gzip = entry.variants.get("gzip") if options.variants == "gzip" else None
    problems.extend(
        error(
            "publish/unknown-coding",
            f'"{entry.logical}" has a variant in the coding "{coding}"',
            hint="build again with this version: assetbuild compile",
        )
        for coding in sorted(entry.variants.keys() - _CODINGS)
    )

    def add(key: str, file: str, size: int, sha256: str, coding: str | None) -> None:
        headers = _headers_of(entry, coding, options, problems)
        items.append(
            Item(
                key=key,
                file=file,
                size=size,
                sha256=sha256,
                headers=headers,
                rank=rank,
                is_hashed=entry.is_hashed,
            )
        )

    if gzip is not None:
        # plain S3 cannot choose by Accept-Encoding: the one key holds the gzip bytes, labelled
        add(entry.hashed, gzip.path, gzip.size, gzip.sha256, "gzip")
    else:
        add(entry.hashed, entry.hashed, entry.size, entry.sha256, None)
    if options.variants == "separate":
        for coding, one in sorted(entry.variants.items()):
            add(one.path, one.path, one.size, one.sha256, coding)
    return items


def _headers_of(
    entry: ManifestEntry, coding: str | None, options: LayoutOptions, problems: list[Diagnostic]
) -> Headers:
    try:
        headers = response_headers(
            entry.logical,
            media_type=entry.media_type,
            is_hashed=entry.is_hashed,
            coding=coding,
            custom=options.rules,
        )
    except AssetbuildError as failure:
        problems.extend(failure.diagnostics)
        return ()
    if options.keeps_any_header:
        return tuple(sorted((name.lower(), value) for name, value in headers))
    parted = split_storable(headers)
    # ours: CORS is the bucket's configuration, nosniff the CDN's (assetbuild bucket setup)
    handled = {"access-control-allow-origin", "x-content-type-options"}
    handled |= {name.lower() for name in options.added_elsewhere}
    for name, _ in parted.elsewhere:
        if name.lower() not in handled:
            problems.append(
                error(
                    "publish/unstorable-header",
                    f'S3 cannot keep the header "{name}" of "{entry.logical}"',
                    hint=f'let the CDN add it and say so: [publish] headers-elsewhere = ["{name}"]',
                )
            )
    stored = [(name.lower(), value) for name, value in parted.stored]
    stored += [(f"x-amz-meta-{name}", value) for name, value in parted.metadata]
    return tuple(sorted(stored))


def _check_key(item: Item, prefix: str) -> list[Diagnostic]:
    if item.key.startswith(CONTROL):
        return [
            error(
                "publish/reserved-key",
                f'the output "{item.key}" is called as the ledger is',
                hint=f"rename it: {CONTROL} belongs to assetbuild",
            )
        ]
    length = len((prefix + item.key).encode())
    if length > _MAX_KEY:
        return [
            error(
                "publish/key-too-long",
                f'the key of "{item.key}" has {length} bytes; S3 takes {_MAX_KEY}',
                hint="shorten the path or the prefix",
            )
        ]
    return []
