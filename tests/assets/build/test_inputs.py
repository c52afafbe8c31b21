"""Inputs that were saved while a build read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.assets.build.inputs import BuildInputs
from assetbuild.assets.languages.imports import ImportSearch
from assetbuild.assets.model import FileDep
from assetbuild.digests import sha256_hex

OLD, NEW = b".a { width: 1px }\n", b".b { width: 2px }\n"


@pytest.mark.parametrize("is_seen_before", [False, True])
def test_an_import_saved_after_a_compiler_read_it_has_moved(
    tmp_path: Path, *, is_seen_before: bool
) -> None:
    part = tmp_path / "_part.scss"
    part.write_bytes(OLD)
    inputs = BuildInputs(ImportSearch(project=str(tmp_path), roots=(str(tmp_path),)), None)
    if is_seen_before:
        inputs.digest(str(part))
    read = FileDep("_part.scss", sha256_hex(part.read_bytes()))
    # as editors save: another file takes the name
    (tmp_path / "new").write_bytes(NEW)
    (tmp_path / "new").replace(part)
    inputs.note([read])
    assert inputs.find_moved() == [str(part)]


def test_what_was_read_and_stayed_has_not_moved(tmp_path: Path) -> None:
    part = tmp_path / "_part.scss"
    part.write_bytes(OLD)
    inputs = BuildInputs(ImportSearch(project=str(tmp_path), roots=(str(tmp_path),)), None)
    inputs.note([FileDep("_part.scss", sha256_hex(OLD))])
    assert inputs.find_moved() == []
