"""manifest.json: it is read back, fits its schema, and is refused where it is damaged."""

from __future__ import annotations

import json

import jsonschema
import pytest

from assetbuild.assets.manifest import digest_manifest, dump_manifest, parse_manifest
from assetbuild.assets.model import Manifest, ManifestEntry, Picture, Sibling, Variant
from assetbuild.diagnostics import AssetbuildError
from assetbuild.digests import subresource_integrity
from assetbuild.paths import LogicalPath
from tests.support.reference import ROOT

SCHEMA = json.loads((ROOT / "assetbuild/assets/manifest.schema.json").read_text())

ENTRY = ManifestEntry(
    logical=LogicalPath("css/é app.css"),
    hashed="css/é app.0123456789ab.css",
    sha256="ab" * 32,
    size=10,
    media_type="text/css",
    integrity=subresource_integrity(b"x"),
    references=(LogicalPath("img/a.png"),),
    picture=Picture(
        width=3, height=2, siblings=(Sibling(logical=LogicalPath("img/a.avif"), width=3),)
    ),
    variants={"br": Variant(path="css/é app.0123456789ab.css.br", sha256="cd" * 32, size=5)},
)
MANIFEST = Manifest(entries={ENTRY.logical: ENTRY})


def refuse(data: bytes) -> str:
    with pytest.raises(AssetbuildError) as caught:
        parse_manifest(data, file="public/assets/manifest.json")
    (item,) = caught.value.diagnostics
    assert item.hint is not None and "assetbuild compile" in item.hint
    return item.code


def test_what_is_written_is_read_back() -> None:
    assert parse_manifest(dump_manifest(MANIFEST), file="m") == MANIFEST


def test_what_is_written_fits_the_schema() -> None:
    jsonschema.validate(json.loads(dump_manifest(MANIFEST)), SCHEMA)
    jsonschema.validate(json.loads(dump_manifest(Manifest())), SCHEMA)


def test_digest_does_not_depend_on_order() -> None:
    other = ManifestEntry(
        logical=LogicalPath("a"),
        hashed="a",
        sha256="0" * 64,
        size=0,
        media_type="text/css",
        integrity="x",
    )
    one = Manifest(entries={ENTRY.logical: ENTRY, other.logical: other})
    two = Manifest(entries={other.logical: other, ENTRY.logical: ENTRY})
    assert digest_manifest(one) == digest_manifest(two)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"schema": 1}',
        b'{"schema": 1, "entries": []}',
        b'{"schema": 1, "entries": {"a": {}}}',
        b"\xff\xfe",
        dump_manifest(MANIFEST)[:100],
    ],
)
def test_corrupt_manifest_is_told(data: bytes) -> None:
    assert refuse(data) == "manifest/corrupt"


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a//b", "", "a\0b"])
def test_unsafe_path_is_refused(path: str) -> None:
    document = json.loads(dump_manifest(MANIFEST))
    document["entries"][ENTRY.logical]["path"] = path
    assert refuse(json.dumps(document).encode()) == "manifest/corrupt"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_unsafe_logical_path_is_refused() -> None:
    document = json.loads(dump_manifest(MANIFEST))
    document["entries"]["../x"] = document["entries"][ENTRY.logical]
    assert refuse(json.dumps(document).encode()) == "manifest/corrupt"


def test_newer_schema_is_told() -> None:
    assert refuse(b'{"schema": 2, "entries": {}}') == "manifest/schema"
