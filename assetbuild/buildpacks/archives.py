"""Fetch and unpack archives of packs, and trust nothing in them.

In: a URL or a file; a tar (packed by gzip, xz, bzip2 or not at all) or a zip, flat or with one top
folder. Out: bytes with their validators; a folder. Errors: Hopeless and Spoilt (attempts.py), UnsafeArchive.
Refuses to know: stores, locks.
"""

from __future__ import annotations

import gzip
import http.client
import io
import lzma
import os
import posixpath
import ssl
import stat
import tarfile
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from assetbuild.buildpacks.attempts import Hopeless, Spoilt
from assetbuild.urlparts import split_url
from assetbuild.web import make_opener, make_request

_MAX_DOWNLOAD = 512 * 1024 * 1024  # bytes; the platform's slug limit is as large
_MAX_UNPACKED = 2 * 1024 * 1024 * 1024  # bytes, against archives that grow without end
_MAX_MEMBERS = 200_000
_MAX_TARGET = 4096  # bytes of a link's target, as the kernel takes
_PIECE = 1 << 20
# RuntimeError: an encrypted zip, or one packed in a way that zipfile does not know (a subclass); the
# rest: cut off, or no archive at all
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
)


class UnsafeArchive(Exception):
    """A member of the archive would be written outside of it, or is no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """What a server answered."""

    data: bytes | None  # None: what we have is still right (304)
    etag: str | None = None  # ETag, for the next time
    modified: str | None = None  # Last-Modified, for the next time


def download(
    url: str,
    *,
    host: Mapping[str, str],
    timeout_s: float,
    etag: str | None = None,
    modified: str | None = None,
) -> Download:
    """Get a URL once; ``host`` is the environment that names proxies and certificates."""
    parts = split_url(url)
    if parts is None:
        raise Hopeless("the address or the port in its URL is broken")
    request = make_request(parts)
    request.add_header("User-Agent", "assetbuild")
    if etag:
        request.add_header("If-None-Match", etag)
    elif modified:
        request.add_header("If-Modified-Since", modified)
    try:
        context = ssl.create_default_context(cafile=host.get("SSL_CERT_FILE") or None)
        opener = make_opener(host, urllib.request.HTTPSHandler(context=context))
        with opener.open(request, timeout=timeout_s) as answer:
            return Download(
                data=_read_limited(answer, deadline=time.monotonic() + timeout_s),
                etag=answer.headers.get("ETag"),
                modified=answer.headers.get("Last-Modified"),
            )
    except urllib.error.HTTPError as failure:
        failure.close()
        if failure.code == 304:
            return Download(data=None, etag=etag, modified=modified)
        text = f"the server answered {failure.code} {failure.reason}"
        if failure.code in (408, 425, 429) or failure.code >= 500:
            raise Spoilt(text) from None
        raise Hopeless(text) from None
    except (OSError, EOFError, ValueError, http.client.HTTPException) as failure:
        if parts.scheme == "file":
            raise Hopeless("there is no such file") from None
        reason = failure.reason if isinstance(failure, urllib.error.URLError) else failure
        said = getattr(reason, "strerror", None) or str(reason) or type(failure).__name__
        raise Spoilt(said) from None


def _read_limited(answer: Any, *, deadline: float) -> bytes:
    """Read an answer; ``answer`` is what urllib returns, whose type does not know read1."""
    pieces: list[bytes] = []
    size = 0
    # read1: a server that trickles would never fill a piece, and each byte renews the time-out
    while piece := answer.read1(_PIECE):
        if time.monotonic() > deadline:
            raise Spoilt("it did not end in time")
        size += len(piece)
        if size > _MAX_DOWNLOAD:
            raise Hopeless(f"the archive is over {_MAX_DOWNLOAD >> 20} MB")
        pieces.append(piece)
    return b"".join(pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    name: str  # as written
    kind: str  # "file", "folder", "symlink", "hardlink" or what else it is
    mode: int  # permission bits
    target: str  # of a link, as written
    size: int  # bytes
    handle: object  # TarInfo or ZipInfo


def unpack(data: bytes, folder: Path) -> Path:
    """Unpack into a folder and return the pack's root: the folder, or its one top folder.

    Errors: UnsafeArchive, with nothing written outside of the folder; Hopeless for no archive.
    """
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                return _unpack_members(_take_all(_zip_members(packed)), packed, folder)
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as tar:
            members = _take_all(_tar_members(tar))
            _read_to_end(tar)
            return _unpack_members(members, tar, folder)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise Hopeless("one entry is a file where another needs a folder") from None
    except OSError as failure:
        if failure.errno is not None:
            raise  # of the disk
        raise _tell_damage(data, failure) from None  # of bz2
    except _DAMAGED as failure:
        raise _tell_damage(data, failure) from None


def _tell_damage(data: bytes, failure: Exception) -> Hopeless:
    start = data[:200].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return Hopeless("the answer is a web page, not an archive")
    return Hopeless(f"it is no tar and no zip archive, or is cut off ({failure})")


def _read_to_end(tar: tarfile.TarFile) -> None:
    """Read what follows the last member: the checksum of a packed tar stands at its very end."""
    left = _MAX_UNPACKED
    while tar.fileobj is not None and left > 0 and (piece := tar.fileobj.read(_PIECE)):
        left -= len(piece)


def _take_all(members: Iterator[_Member]) -> list[_Member]:
    """Return the members; of an archive that grows without end no more than is needed to know."""
    taken: list[_Member] = []
    sizes: dict[str, int] = {}
    size = 0
    for one in members:
        taken.append(one)
        # a hard link has no bytes of its own in the archive, and becomes a copy on the disk
        is_copy = one.kind == "hardlink"
        needed = sizes.get(posixpath.normpath(one.target), 0) if is_copy else one.size
        sizes[posixpath.normpath(one.name)] = needed
        size += needed
        if len(taken) > _MAX_MEMBERS or size > _MAX_UNPACKED:
            raise Hopeless(f"unpacked it is over {_MAX_MEMBERS} files or {_MAX_UNPACKED >> 30} GB")
    return taken


def _tar_members(tar: tarfile.TarFile) -> Iterator[_Member]:
    for one in tar:
        kind = "another kind of entry"
        if one.isfile():
            kind = "file"
        elif one.isdir():
            kind = "folder"
        elif one.issym():
            kind = "symlink"
        elif one.islnk():
            kind = "hardlink"
        elif one.isdev():
            kind = "a device or pipe"
        yield _Member(
            name=one.name,
            kind=kind,
            mode=one.mode,
            target=one.linkname,
            size=one.size,
            handle=one,
        )


def _zip_members(packed: zipfile.ZipFile) -> Iterator[_Member]:
    for one in packed.infolist():
        mode = one.external_attr >> 16
        kind, target = "folder" if one.is_dir() else "file", ""
        if stat.S_ISLNK(mode):
            if one.file_size > _MAX_TARGET:
                raise UnsafeArchive(f'"{one.filename}" is a link of {one.file_size} bytes')
            kind, target = "symlink", packed.read(one).decode("utf-8", "surrogateescape")
        elif stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "a device or pipe"
        yield _Member(
            name=one.filename,
            kind=kind,
            mode=stat.S_IMODE(mode) or 0o644,
            target=target,
            size=one.file_size,
            handle=one,
        )


def _unpack_members(
    members: list[_Member], source: tarfile.TarFile | zipfile.ZipFile, folder: Path
) -> Path:
    named = [(_safe_name(one), one) for one in members]
    links = {name: one for name, one in named if one.kind == "symlink"}
    for name, one in named:
        path = folder / name
        if name != "." and any(name.startswith(f"{link}/") for link in links):
            raise UnsafeArchive(f'"{one.name}" would be written through a link')
        if one.kind == "folder":
            path.mkdir(parents=True, exist_ok=True)
        elif one.kind == "file":
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_file(path, one, source)
        elif one.kind == "hardlink":
            _copy_hardlink(path, one, folder)
        elif one.kind != "symlink":
            raise UnsafeArchive(f'"{one.name}" is {one.kind}')
    for name, one in links.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(one.target)
    root = _find_root(folder)
    # only now: a link may lead through another, which no look at the names can follow
    for name, one in links.items():
        real = os.path.realpath(folder / name)
        if os.path.isabs(one.target) or not f"{real}/".startswith(f"{os.path.realpath(root)}/"):
            raise UnsafeArchive(f'the link "{one.name}" leads out of the archive: "{one.target}"')
    return root


def _safe_name(member: _Member) -> str:
    name = member.name
    parts = (
        name.replace("\\", "/").split("/")
        if isinstance(member.handle, zipfile.ZipInfo)
        else (name.split("/"))
    )
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name or not name:
        raise UnsafeArchive(f'"{name}" would be written outside of the pack')
    if len(parts[0]) == 2 and parts[0][1] == ":":
        raise UnsafeArchive(f'"{name}" would be written outside of the pack')
    return posixpath.normpath(name)


def _write_file(path: Path, member: _Member, source: tarfile.TarFile | zipfile.ZipFile) -> None:
    handle = member.handle
    opened: IO[bytes] | None
    if isinstance(source, zipfile.ZipFile):
        assert isinstance(handle, zipfile.ZipInfo)
        opened = source.open(handle)
    else:
        assert isinstance(handle, tarfile.TarInfo)
        opened = source.extractfile(handle)
    assert opened is not None
    with opened, open(path, "wb") as file:
        while piece := opened.read(_PIECE):
            file.write(piece)
    path.chmod((member.mode & 0o755) | 0o600)


def _copy_hardlink(path: Path, member: _Member, folder: Path) -> None:
    target = posixpath.normpath(member.target)
    source = folder / target
    if target.startswith(("/", "../")) or source.is_symlink() or not source.is_file():
        raise UnsafeArchive(f'the link "{member.name}" leads out of the archive: "{member.target}"')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source.read_bytes())
    path.chmod(source.stat().st_mode)


def _find_root(folder: Path) -> Path:
    """Return the one top folder, if that is all there is and it is not the pack's own ``bin``."""
    inside = [one for one in sorted(folder.iterdir()) if one.name != "__MACOSX"]
    if len(inside) == 1 and inside[0].name != "bin" and not inside[0].is_symlink():
        return inside[0] if inside[0].is_dir() else folder
    return folder
