"""manifest.json: the contract between building, publishing and serving.

In: entries, or the bytes of a manifest. Out: the bytes, or a Manifest. The schema is documented
in docs/reference/manifest.md and checked by assetbuild/assets/manifest.schema.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from assetbuild.assets.model import Manifest, ManifestEntry, Picture, Sibling, Variant
from assetbuild.diagnostics import AssetbuildError, Location, error
from assetbuild.digests import sha256_hex
from assetbuild.jsontype import parse_json
from assetbuild.paths import LogicalPath, try_logical

SCHEMA = 1
MANIFEST_NAME = "manifest.json"


def dump_manifest(manifest: Manifest) -> bytes:
    """Return the canonical bytes: sorted, UTF-8, one line an entry, a final newline, no time."""
    entries = sorted(manifest.entries.values(), key=lambda one: one.logical)
    # without an indent json runs its C encoder, fifteen times as fast
    rows = [_spell_name(one.logical) + _spell_entry(one) for one in entries]
    body = ",\n".join(rows)
    listed = f"{{\n{body}\n  }}" if rows else "{}"
    return f'{{\n  "schema": {manifest.schema},\n  "entries": {listed}\n}}\n'.encode()


def patch_manifest(data: bytes, entries: Iterable[ManifestEntry]) -> bytes | None:
    """Return the bytes of a manifest with some of its entries changed.

    ``data`` is what dump_manifest returned; None where it does not list one of the entries.
    """
    changed = {_spell_name(one.logical): _spell_entry(one) for one in entries}
    lines = data.decode().split("\n")
    for index, line in enumerate(lines):
        name = line[: line.find('": {') + 3]
        row = changed.pop(name, None)
        if row is not None:
            lines[index] = name + row + ("," if line.endswith(",") else "")
    return None if changed else "\n".join(lines).encode()


def digest_manifest(manifest: Manifest) -> str:
    """Return the sha256 of the canonical bytes: the id of a release."""
    return sha256_hex(dump_manifest(manifest))


def parse_manifest(data: bytes, *, file: str) -> Manifest:
    """Read the bytes of a manifest.

    Errors: ``manifest/corrupt`` (not JSON, wrong shape, unsafe paths), ``manifest/schema`` (a
    newer assetbuild wrote it).
    """
    try:
        document = parse_json(data)
        schema = document["schema"]
        if schema != SCHEMA:
            raise AssetbuildError(
                error(
                    "manifest/schema",
                    f'the manifest has schema "{schema}", this assetbuild reads {SCHEMA}',
                    location=Location(file=file),
                    hint="build again with this version: assetbuild compile",
                )
            )
        entries = [_parse_entry(name, value) for name, value in document["entries"].items()]
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        raise AssetbuildError(
            error(
                "manifest/corrupt",
                f"the manifest cannot be read: {type(failure).__name__}: {failure}",
                location=Location(file=file),
                hint="build again: assetbuild compile",
            )
        ) from failure
    return Manifest(entries={entry.logical: entry for entry in entries})


def lack_manifest(code: str, file: str) -> AssetbuildError:
    """Return the error that nothing was built yet, under the code of the command that says so."""
    return AssetbuildError(
        error(code, f'there is no "{file}"', hint="build first: assetbuild compile")
    )


def _spell_name(logical: str) -> str:
    return f"    {json.dumps(logical, ensure_ascii=False)}: "


def _spell_entry(entry: ManifestEntry) -> str:
    return json.dumps(_dump_entry(entry), ensure_ascii=False)


def _dump_entry(entry: ManifestEntry) -> dict[str, object]:
    value: dict[str, object] = {
        "path": entry.hashed,
        "sha256": entry.sha256,
        "size": entry.size,
        "type": entry.media_type,
        "integrity": entry.integrity,
    }
    if entry.references:
        value["references"] = list(entry.references)
    if entry.variants:
        value["variants"] = {
            coding: {"path": one.path, "sha256": one.sha256, "size": one.size}
            for coding, one in sorted(entry.variants.items())
        }
    if entry.picture is not None:
        value["picture"] = _dump_picture(entry.picture)
    return value


def _dump_picture(picture: Picture) -> dict[str, object]:
    value: dict[str, object] = {"width": picture.width, "height": picture.height}
    if picture.siblings:
        value["siblings"] = [{"name": one.logical, "width": one.width} for one in picture.siblings]
    return value


def _parse_entry(name: str, value: Mapping[str, Any]) -> ManifestEntry:
    return ManifestEntry(
        logical=_safe_path(name),
        hashed=_safe_path(value["path"]),
        sha256=str(value["sha256"]),
        size=int(value["size"]),
        media_type=str(value["type"]),
        integrity=str(value["integrity"]),
        references=tuple(_safe_path(one) for one in value.get("references", ())),
        variants={
            str(coding): Variant(
                path=_safe_path(one["path"]), sha256=str(one["sha256"]), size=int(one["size"])
            )
            for coding, one in value.get("variants", {}).items()
        },
        picture=_parse_picture(value["picture"]) if "picture" in value else None,
    )


def _parse_picture(value: Mapping[str, Any]) -> Picture:
    return Picture(
        width=int(value["width"]),
        height=int(value["height"]),
        siblings=tuple(
            Sibling(logical=_safe_path(one["name"]), width=int(one["width"]))
            for one in value.get("siblings", ())
        ),
    )


def _safe_path(text: object) -> LogicalPath:
    path = try_logical(text) if isinstance(text, str) else None
    if path is None or path != text:
        raise ValueError(f"{text!r} is not a path below the output folder")
    return path
