"""Write a named build into the output folder, and say what the manifest lists.

In: named outputs, where files copied as they are lie. Out: manifest entries; files on disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.assets.naming import Named
from assetbuild.digests import subresource_integrity
from assetbuild.files import hash_integrity
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath

_WRITERS = 4  # threads: writing small files waits for the file system, not for Python


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """What to write."""

    named: Mapping[LogicalPath, Named]  # every output
    files: Mapping[LogicalPath, str]  # absolute source of the outputs whose content is None
    media_types: Mapping[LogicalPath, str]  # where it is not what the name says
    references: Mapping[LogicalPath, tuple[LogicalPath, ...]]  # owner -> targets
    previous: Manifest | None  # what lies there now
    trusted: Mapping[str, tuple[int, int, int]]  # output -> size, mtime, inode, of the last build


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """What lies in the output folder now."""

    entries: Mapping[LogicalPath, ManifestEntry]  # sorted by logical path
    written: int  # files that were not there yet


def write_outputs(request: WriteRequest, output: OutputFolder) -> WriteResult:
    """Write what is not there yet, hashed names before others.

    Errors: those of OutputFolder.write.
    """
    known = {} if request.previous is None else _by_content(request.previous)
    entries: dict[LogicalPath, ManifestEntry] = {}
    late: list[LogicalPath] = []
    wanted: list[LogicalPath] = []
    for logical, one in request.named.items():
        entries[logical] = _make_entry(logical, one, request, known)
        if _is_there(entries[logical], request, output):
            continue
        (wanted if entries[logical].is_hashed else late).append(logical)

    def write(logical: LogicalPath) -> None:
        one = request.named[logical]
        if one.content is not None:
            output.write(one.hashed, one.content)
        else:
            output.copy(one.hashed, request.files[logical])

    if len(wanted) > _WRITERS:
        with ThreadPoolExecutor(_WRITERS) as pool:
            for _ in pool.map(write, wanted):
                pass
    else:
        for logical in wanted:
            write(logical)
    # names that stay replace what is served now: only when everything else is there
    for logical in late:
        write(logical)
    return WriteResult(entries=entries, written=len(wanted) + len(late))


def _by_content(manifest: Manifest) -> dict[str, ManifestEntry]:
    return {one.sha256: one for one in manifest.entries.values()}


def _make_entry(
    logical: LogicalPath,
    one: Named,
    request: WriteRequest,
    known: Mapping[str, ManifestEntry],
) -> ManifestEntry:
    before = known.get(one.sha256)
    if before is not None:
        integrity, size = before.integrity, before.size
    elif one.content is not None:
        integrity, size = subresource_integrity(one.content), len(one.content)
    else:
        integrity, size = hash_integrity(request.files[logical])
    return ManifestEntry(
        logical=logical,
        hashed=one.hashed,
        sha256=one.sha256,
        size=size,
        media_type=request.media_types.get(logical) or guess_media_type(logical),
        integrity=integrity,
        references=request.references.get(logical, ()),
    )


def _is_there(entry: ManifestEntry, request: WriteRequest, output: OutputFolder) -> bool:
    path = os.path.join(output.path, entry.hashed)
    trusted = request.trusted.get(path)
    if trusted is not None and entry.is_hashed:
        try:
            status = os.stat(path)
        except OSError:
            return False
        if (status.st_size, status.st_mtime_ns, status.st_ino) == trusted:
            return True
    return output.has(entry.hashed, entry.sha256, entry.size)


def files_of(entries: Iterable[ManifestEntry]) -> set[str]:
    """Return every file below the output folder that the entries name, variants too."""
    found: set[str] = set()
    for one in entries:
        found.add(one.hashed)
        found.update(variant.path for variant in one.variants.values())
    return found
