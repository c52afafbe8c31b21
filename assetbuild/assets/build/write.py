"""Write a named build into the output folder, and say what the manifest lists.

In: named outputs, where files copied as they are lie. Out: manifest entries; files on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.pictures import PictureContent
from assetbuild.assets.model import Manifest, ManifestEntry, Picture
from assetbuild.assets.naming import Named
from assetbuild.config.model import Config
from assetbuild.digests import subresource_integrity
from assetbuild.files import hash_integrity
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """What to write."""

    named: Mapping[LogicalPath, Named]  # every output
    files: Mapping[LogicalPath, str]  # absolute source of the outputs whose content is None
    made: Mapping[LogicalPath, PictureContent]  # bytes that replace a file's, or have none
    pictures: Mapping[LogicalPath, Picture]  # what the manifest says of pictures
    media_types: Mapping[LogicalPath, str]  # where it is not what the name says
    references: Mapping[LogicalPath, tuple[LogicalPath, ...]]  # owner -> targets
    previous: Manifest | None  # what lies there now
    trusted: Mapping[str, tuple[int, int, int]]  # output -> size, mtime, inode, of the last build


def make_entries(request: WriteRequest) -> dict[LogicalPath, ManifestEntry]:
    """Return what the manifest will list, sorted by logical path."""
    known = {} if request.previous is None else _by_content(request.previous)
    return {
        logical: _make_entry(logical, one, request, known) for logical, one in request.named.items()
    }


def write_outputs(
    entries: Mapping[LogicalPath, ManifestEntry], request: WriteRequest, output: OutputFolder
) -> int:
    """Write what is not there yet, hashed names before others; return how many files.

    Errors: those of OutputFolder.write.
    """
    late: list[LogicalPath] = []
    wanted: list[LogicalPath] = []
    for logical, entry in entries.items():
        if not _is_there(entry, request, output):
            (wanted if entry.is_hashed else late).append(logical)

    def write(logical: LogicalPath) -> None:
        one = request.named[logical]
        if one.content is not None or logical in request.made:
            output.write(one.hashed, read_output(request, logical))
        else:
            output.copy(one.hashed, request.files[logical])

    # one after another: creating files in one folder is serial in the kernel, and two threads
    # took longer than one on every file system tried
    for logical in wanted:
        write(logical)
    # names that stay replace what is served now: only when everything else is there
    for logical in late:
        write(logical)
    return len(wanted) + len(late)


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
    elif one.content is not None or logical in request.made:
        content = read_output(request, logical)
        integrity, size = subresource_integrity(content), len(content)
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
        picture=request.pictures.get(logical),
    )


def _is_there(entry: ManifestEntry, request: WriteRequest, output: OutputFolder) -> bool:
    trusted = request.trusted.get(f"{output.path}/{entry.hashed}")
    if entry.is_hashed and output.is_as_left(entry.hashed, trusted):
        return True
    return output.has(entry.hashed, entry.sha256, entry.size)


def read_output(request: WriteRequest, logical: LogicalPath) -> bytes:
    """Return the final bytes of an output that may not be written yet."""
    content = request.named[logical].content
    if content is not None:
        return content
    if logical in request.made:
        return request.made[logical].read()
    with open(request.files[logical], "rb") as file:
        return file.read()


def files_of(entries: Iterable[ManifestEntry]) -> set[str]:
    """Return every file below the output folder that the entries name, variants too."""
    found: set[str] = set()
    for one in entries:
        found.add(one.hashed)
        found.update(variant.path for variant in one.variants.values())
    return found


def render_others(
    manifest: Manifest, sources: Mapping[LogicalPath, str], config: Config
) -> dict[str, bytes]:
    """Return the manifests for other tools that a configuration asks for, by name."""
    if not config.manifest.formats:
        return {}
    # few apps are read by other tools
    from assetbuild.assets.foreign_manifests import ForeignContext, render_foreign

    context = ForeignContext(url=config.assets.url.rstrip("/") + "/", sources=sources)
    return dict(render_foreign(form, manifest, context) for form in config.manifest.formats)
