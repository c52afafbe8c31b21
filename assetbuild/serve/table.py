"""The table: every path that is served, and its answers as ready values.

In: manifests, header rules. Out: an immutable Table, whose answers are ready values.
Refuses to know: requests, disks (a body is named, not read), servers.

A hashed path is a key, not a decoration: only a hash that a manifest names is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.publish.headers import HeaderRule, Headers, response_headers
from assetbuild.serve.negotiate import IDENTITY

CODINGS = ("br", "zstd", "gzip")
"""Content codings in our order of preference: smallest first."""

NEVER_CHANGED = "Sat, 01 Jan 2000 00:00:00 GMT"
"""Last-Modified of a hashed path, whose bytes never changed nor will.

A file's own time differs between machines and between builds of the same bytes, so it would give
one URL several answers in a rolling deploy. Names without a hash have no date at all, only an
entity tag: after a rollback an older date would tell a cache that what it holds is still right.
"""
NEVER_CHANGED_S = 946_684_800

NO_STORE = "no-store"

# what describes the content stays out of a 304 (RFC 9110 section 15.4.5)
_NOT_IN_304 = frozenset(
    {
        "content-type",
        "content-encoding",
        "content-length",
        "content-language",
        "content-disposition",
        "last-modified",
        "accept-ranges",
    }
)


@dataclass(frozen=True, slots=True)
class FileBody:
    """Bytes of an output file: all of them, or those of a range."""

    path: str  # hashed path of the file, below ``folder``
    folder: str  # absolute folder of the build that holds it
    sha256: str  # of the whole file
    size: int  # of the whole file, bytes
    start: int = 0  # first byte of the range
    stop: int = -1  # one after its last byte; -1: the end

    @property
    def length(self) -> int:
        """Bytes to send."""
        return (self.size if self.stop < 0 else self.stop) - self.start

    @property
    def is_whole(self) -> bool:
        """Whether all bytes of the file are sent."""
        return self.start == 0 and self.stop in (-1, self.size)


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """An answer, ready for any server."""

    status: int  # of HTTP
    headers: Headers  # in the order they are sent, Content-Length among them
    body: FileBody | bytes  # what Content-Length counts; for HEAD and 304: b""
    is_kept: bool = False  # belongs to the table: a server may keep its own form of it


@dataclass(frozen=True, slots=True, eq=False)
class Representation:
    """One resource in one content coding."""

    etag: str  # strong, with its quotes
    fields: Headers  # of a 200, without Content-Length
    get: Response  # 200 with the whole body
    head: Response  # the same without its body
    not_modified: Response  # 304


class Resource:
    """What lies at one path.

    Its representations are worked out at their first use and kept: a site has several thousand
    paths, of which one process is asked for some hundred.
    """

    __slots__ = ("_entry", "_folder", "_made", "_rules", "codings", "is_hashed")

    def __init__(
        self, entry: ManifestEntry, folder: str, *, is_hashed: bool, rules: tuple[HeaderRule, ...]
    ) -> None:
        self._entry = entry
        self._folder = folder
        self._rules = rules
        self._made: dict[str, Representation] = {}
        self.is_hashed = is_hashed  # immutable: it has a modification date
        self.codings = _list_codings(entry)  # those it has, in our order, without identity

    def represent(self, coding: str) -> Representation:
        """Return the representation in one of ``codings``, or in IDENTITY."""
        made = self._made.get(coding)
        if made is None:
            made = self._made[coding] = self._make(coding)
        return made

    def _make(self, coding: str) -> Representation:
        entry = self._entry
        if coding == IDENTITY:
            body = FileBody(entry.hashed, self._folder, entry.sha256, entry.size)
        else:
            variant = entry.variants[coding]
            body = FileBody(variant.path, self._folder, variant.sha256, variant.size)
        # each coding has its own bytes, so its own strong tag (RFC 9110 section 8.8.3.3)
        etag = f'"{body.sha256[:32]}"'
        fields = (
            *response_headers(
                entry.logical,
                media_type=entry.media_type,
                is_hashed=self.is_hashed,
                coding=coding or None,
                custom=self._rules,
            ),
            ("ETag", etag),
            *((("Last-Modified", NEVER_CHANGED),) if self.is_hashed else ()),
            *((("Vary", "Accept-Encoding"),) if self.codings else ()),
            ("Accept-Ranges", "bytes"),
        )
        whole = (*fields, ("Content-Length", str(body.size)))
        brief = tuple(one for one in fields if one[0].lower() not in _NOT_IN_304)
        return Representation(
            etag=etag,
            fields=fields,
            get=Response(200, whole, body, True),
            head=Response(200, whole, b"", True),
            not_modified=Response(304, brief, b"", True),
        )


_NO_CODINGS: tuple[str, ...] = ()


def _list_codings(entry: ManifestEntry) -> tuple[str, ...]:
    if not entry.variants:
        return _NO_CODINGS
    return tuple(one for one in CODINGS if one in entry.variants)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """All resources and where they are mounted."""

    prefix: str  # path that leads every resource's: "/assets/"; ends in a slash
    hosts: tuple[str, ...]  # as Mount.hosts, in lower case
    resources: Mapping[str, Resource]  # path below the prefix -> resource
    folders: frozenset[str] = frozenset()  # paths that only lack the slash of a page's folder
    is_root: bool = field(default=False)  # the prefix is "/": what is not found is the app's


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Where and how a manifest's outputs are served."""

    prefix: str = "/assets/"  # path that leads every URL; begins and ends with a slash
    hosts: tuple[str, ...] = ()  # hosts that are ours whole: exact, or prefixes ending in a dot
    rules: tuple[HeaderRule, ...] = ()  # the configuration's own headers
    has_unhashed: bool = True  # also serve a hashed output under its logical path, revalidated


def build_table(
    manifest: Manifest,
    *,
    folder: str,
    mount: Mount,
    previous: Iterable[tuple[Manifest, str]] = (),
) -> Table:
    """Return the table of a manifest and of earlier ones that are kept (with their folders).

    Of an earlier manifest only hashed paths are served, and never in place of a current one.
    """
    rules = mount.rules
    resources: dict[str, Resource] = {}
    for entry in manifest.entries.values():
        if is_hidden(entry.hashed):
            continue
        resource = Resource(entry, folder, is_hashed=entry.is_hashed, rules=rules)
        resources[entry.hashed] = resource
    if mount.has_unhashed:
        for entry in manifest.entries.values():
            if entry.is_hashed and not is_hidden(entry.logical):
                plain = Resource(entry, folder, is_hashed=False, rules=rules)
                resources.setdefault(entry.logical, plain)
    # a page that keeps its name is what its folder answers, as on a bucket's website
    pages: set[str] = set()
    for entry in manifest.entries.values():
        folder_path, _, name = entry.logical.rpartition("/")
        if name == "index.html" and not entry.is_hashed and entry.hashed in resources:
            pages.add(folder_path)
            resources.setdefault(f"{folder_path}/".lstrip("/"), resources[entry.hashed])
    for older, older_folder in previous:
        for entry in older.entries.values():
            if entry.is_hashed and entry.hashed not in resources and not is_hidden(entry.hashed):
                resources[entry.hashed] = Resource(entry, older_folder, is_hashed=True, rules=rules)
    return Table(
        prefix=mount.prefix,
        hosts=tuple(one.lower() for one in mount.hosts),
        resources=resources,
        folders=frozenset(one for one in pages if one not in resources),
        is_root=mount.prefix == "/",
    )


def is_hidden(path: str) -> bool:
    """Tell whether a part of a path begins with a dot: ``.env``, ``.git/config``.

    ``.well-known`` is public by definition (RFC 8615).
    """
    if "." not in path:
        return False
    return any(one.startswith(".") and one != ".well-known" for one in path.split("/"))
