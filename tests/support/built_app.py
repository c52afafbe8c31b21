"""A project as a build leaves it: outputs, variants and manifest.json."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from assetbuild.assets.manifest import dump_manifest
from assetbuild.assets.model import Manifest, ManifestEntry, Variant
from assetbuild.digests import sha256_hex, subresource_integrity
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath, parse_logical

OUTPUT = "public/assets"
_SUFFIXES = {"gzip": "gz", "br": "br"}


def write_build(
    project: Path,
    files: Mapping[str, bytes],
    *,
    references: Mapping[str, Sequence[str]] | None = None,
    unhashed: Sequence[str] = (),
    gzipped: Sequence[str] = (),
) -> Manifest:
    """Write outputs and their manifest below ``project`` and return the manifest."""
    variants = dict.fromkeys(gzipped, ("gzip",))
    return write_outputs(
        project / OUTPUT, files, references=references, unhashed=unhashed, variants=variants
    )


def write_outputs(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    references: Mapping[str, Sequence[str]] | None = None,
    unhashed: Sequence[str] = (),
    variants: Mapping[str, Sequence[str]] | None = None,
    form: Literal["stem", "folder"] = "stem",
) -> Manifest:
    """Write outputs under hashed names, variants and the manifest into ``folder``.

    ``variants`` are codings by logical path, gzip and (pretended) br.
    """
    entries: dict[LogicalPath, ManifestEntry] = {}
    for name, data in sorted(files.items()):
        logical = parse_logical(name)
        digest = sha256_hex(data)
        stem, dot, extension = name.rpartition(".")
        hashed = f"{stem}.{digest[:12]}{dot}{extension}"
        if form == "folder":
            hashed = f"{digest[:12]}/{name}"
        if name in unhashed:
            hashed = name
        _write(folder / hashed, data)
        made: dict[str, Variant] = {}
        for coding in (variants or {}).get(name, ()):
            path = f"{hashed}.{_SUFFIXES[coding]}"
            packed = gzip.compress(data, mtime=0) + b"br" * (coding == "br")
            _write(folder / path, packed)
            made[coding] = Variant(path=path, sha256=sha256_hex(packed), size=len(packed))
        entries[logical] = ManifestEntry(
            logical=logical,
            hashed=hashed,
            sha256=digest,
            size=len(data),
            media_type=guess_media_type(name),
            integrity=subresource_integrity(data),
            variants=made,
            references=tuple(
                sorted(parse_logical(one) for one in (references or {}).get(name, ()))
            ),
        )
    manifest = Manifest(entries=entries)
    _write(folder / "manifest.json", dump_manifest(manifest))
    return manifest


def write_small_build(project: Path, *, seed: str = "1") -> Manifest:
    """Write seven outputs: leaves, a variant, an entry point, a font, a name without a hash."""
    files = {f"img/{n}.png": f"picture {n} {seed}".encode() * 20 for n in range(3)}
    files["fonts/a.woff2"] = b"font" * 100
    files["css/site.css"] = f"body {{ color: red }} /* {seed} */".encode() * 30
    files["js/app.js"] = f"console.log('{seed}')".encode()
    files["robots.txt"] = f"User-agent: *\n# {seed}\n".encode()
    return write_build(
        project,
        files,
        references={"css/site.css": ["img/0.png", "img/1.png"], "js/app.js": ["css/site.css"]},
        unhashed=["robots.txt"],
        gzipped=["css/site.css"],
    )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
