"""A project as a build leaves it: outputs, variants and manifest.json."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from assetbuild.assets.manifest import dump_manifest
from assetbuild.assets.model import Manifest, ManifestEntry, Variant
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath, parse_logical

OUTPUT = "public/assets"


def write_build(
    project: Path,
    files: Mapping[str, bytes],
    *,
    references: Mapping[str, Sequence[str]] | None = None,
    unhashed: Sequence[str] = (),
    gzipped: Sequence[str] = (),
) -> Manifest:
    """Write outputs and their manifest below ``project`` and return the manifest."""
    folder = project / OUTPUT
    entries: dict[LogicalPath, ManifestEntry] = {}
    for name, data in files.items():
        logical = parse_logical(name)
        digest = hashlib.sha256(data).hexdigest()
        stem, dot, extension = name.rpartition(".")
        hashed = name if name in unhashed else f"{stem}.{digest[:12]}{dot}{extension}"
        variants: dict[str, Variant] = {}
        _write(folder / hashed, data)
        if name in gzipped:
            packed = gzip.compress(data, mtime=0)
            _write(folder / f"{hashed}.gz", packed)
            variants["gzip"] = Variant(
                path=f"{hashed}.gz", sha256=hashlib.sha256(packed).hexdigest(), size=len(packed)
            )
        entries[logical] = ManifestEntry(
            logical=logical,
            hashed=hashed,
            sha256=digest,
            size=len(data),
            media_type=guess_media_type(name),
            integrity="sha384-" + digest,
            variants=variants,
            references=tuple(
                sorted(parse_logical(one) for one in (references or {}).get(name, ()))
            ),
        )
    manifest = Manifest(entries=dict(sorted(entries.items())))
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
