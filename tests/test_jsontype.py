"""JSON, and the borders where a document may be nested so deeply that the parser gives up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assetbuild.assets.manifest import parse_manifest
from assetbuild.assets.minify.structured import minify_json
from assetbuild.assets.sourcemaps.model import parse_source_map
from assetbuild.buildpacks.listing import read_list
from assetbuild.buildpacks.lock import parse_lock
from assetbuild.buildpacks.owners import parse_owners
from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jsontype import parse_json
from assetbuild.publish.ledger import parse_record

DEEP = b"[" * 100_000
DEEP_TOML = b"a = " + b"[" * 100_000


def read(name: str, data: bytes) -> object:
    return read_list({name: data}, Config(project=Path("app")))


REFUSING: dict[str, tuple[Callable[[], object], str]] = {
    "manifest": (lambda: parse_manifest(DEEP, file="m.json"), "manifest/corrupt"),
    "pack lock": (lambda: parse_lock(DEEP), "lock/corrupt"),
    "release record": (lambda: parse_record("a", DEEP), "publish/corrupt-ledger"),
    "app.json": (lambda: read("app.json", DEEP), "list/syntax"),
    "project.toml": (lambda: read("project.toml", DEEP_TOML), "list/syntax"),
}


@pytest.mark.parametrize("border", REFUSING)
def test_a_document_nested_too_deeply_is_a_diagnostic(border: str) -> None:
    call, code = REFUSING[border]
    with pytest.raises(AssetbuildError) as caught:
        call()
    assert [one.code for one in caught.value.diagnostics] == [code]


def test_values_nested_too_deeply_are_a_value_error() -> None:
    for parse in (parse_json, parse_source_map):
        with pytest.raises(ValueError, match="nested too deeply"):
            parse(DEEP)
    with pytest.raises(ValueError, match="nested too deeply"):
        minify_json(DEEP.decode())


def test_a_record_of_owners_nested_too_deeply_is_none() -> None:
    assert parse_owners(DEEP) == {}


def test_a_configuration_nested_too_deeply_is_a_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "assetbuild.toml").write_bytes(DEEP_TOML)
    with pytest.raises(AssetbuildError) as caught:
        load_config(tmp_path)
    assert [one.code for one in caught.value.diagnostics] == ["config/syntax"]
