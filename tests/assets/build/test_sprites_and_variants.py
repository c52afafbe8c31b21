"""Sprites and variants inside a build: no order to remember, one manifest, nothing twice."""

from __future__ import annotations

import time
from pathlib import Path

import brotli
import deflate
import pytest

from assetbuild.assets.result import BuildOptions, BuildResult
from assetbuild.diagnostics import AssetbuildError
from assetbuild.digests import sha256_hex
from assetbuild.jobs.build import AssetBuilder
from assetbuild.paths import LogicalPath
from assetbuild.reporting import JsonReporter
from tests.support.pictures import make_png
from tests.support.tree import read_tree, write_tree

FILES: dict[str, str | bytes] = {
    "assetbuild.toml": "",
    "assets/css/app.scss": '@import "sprites/icons";\n.x { @include icons("i3"); }\n',
    **{f"assets/sprites/icons/i{n}.png": make_png(16, 16, seed=n) for n in range(6)},
}


def build(project: Path, *, is_dev: bool = False) -> BuildResult:
    import io

    options = BuildOptions(cache_dir=project.parent / "cache", is_dev=is_dev, jobs=1)
    reporter = JsonReporter(io.StringIO())
    with AssetBuilder(project, env={}, reporter=reporter, options=options) as builder:
        return builder.build()


def test_a_stylesheet_uses_a_sheet_that_the_build_makes(tmp_path: Path) -> None:
    result = build(write_tree(tmp_path / "app", FILES))
    entries = result.manifest.entries
    sheet = entries[LogicalPath("sprites/icons.png")]
    css = (result.output / entries[LogicalPath("css/app.css")].hashed).read_text()
    assert f"../{sheet.hashed}" in css
    assert "asset:" not in css
    assert LogicalPath("sprites/icons.css") in entries
    assert LogicalPath("sprites/_icons.css") not in entries


def test_variants_are_in_the_manifest_and_decode_to_the_file(tmp_path: Path) -> None:
    result = build(write_tree(tmp_path / "app", FILES))
    count = 0
    for entry in result.manifest.entries.values():
        data = (result.output / entry.hashed).read_bytes()
        for coding, one in entry.variants.items():
            packed = (result.output / one.path).read_bytes()
            assert (len(packed), sha256_hex(packed)) == (one.size, one.sha256)
            assert one.size <= 0.95 * len(data)
            plain = (
                brotli.decompress(packed)
                if coding == "br"
                else bytes(deflate.gzip_decompress(packed, len(data)))
            )
            assert plain == data
            count += 1
    assert count >= 4
    assert not result.manifest.entries[LogicalPath("sprites/icons.png")].variants


def test_changed_icon_changes_sheet_and_stylesheet_and_the_second_run_rests(tmp_path: Path) -> None:
    project = write_tree(tmp_path / "app", FILES)
    before = build(project).manifest.entries
    assert build(project).manifest.entries == before
    write_tree(project, {"assets/sprites/icons/i3.png": make_png(16, 16, seed=99)})
    after = build(project).manifest.entries
    for name in ("sprites/icons.png", "css/app.css"):
        assert before[LogicalPath(name)].hashed != after[LogicalPath(name)].hashed
    # files younger than the clock's margin are looked at once more before they are trusted
    time.sleep(0.1)
    build(project)
    assert build(project).stats.is_up_to_date


def test_two_machines_make_the_same_bytes(tmp_path: Path) -> None:
    trees = []
    for name in ("one", "another/folder"):
        project = write_tree(tmp_path / name / "app", FILES)
        trees.append(read_tree(build(project).output))
    assert trees[0] == trees[1]


def test_bad_icon_fails_the_build_and_leaves_the_output(tmp_path: Path) -> None:
    project = write_tree(tmp_path / "app", FILES)
    before = read_tree(build(project).output)
    write_tree(project, {"assets/sprites/icons/bad.png": b"\x89PNG\r\n\x1a\n"})
    with pytest.raises(AssetbuildError) as caught:
        build(project)
    assert [one.code for one in caught.value.diagnostics] == ["picture/damaged"]
    assert read_tree(project / "public/assets") == before


def test_profile_off_writes_no_variants(tmp_path: Path) -> None:
    project = write_tree(
        tmp_path / "app", {**FILES, "assetbuild.toml": '[variants]\nprofile = "off"'}
    )
    result = build(project)
    assert not [name for name in read_tree(result.output) if name.endswith((".br", ".gz"))]
