"""Show the sprites of a project: build it, then write a page of what was built.

In: a project. Out: an HTML file. What is shown is what is published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from assetbuild.assets.result import BuildOptions, BuildResult
from assetbuild.assets.roots import GENERATED
from assetbuild.assets.sprites.folder import FOLDER
from assetbuild.assets.sprites.members import prefix_of
from assetbuild.assets.sprites.preview import PreviewSprite, render_preview, sheets_of
from assetbuild.config.load import load_config
from assetbuild.files import atomic_write
from assetbuild.jobs.build import AssetBuilder
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter


def preview_sprites(
    project: Path, target: Path, *, env: Mapping[str, str], reporter: Reporter
) -> tuple[str, ...]:
    """Build, write the page to ``target``, and return the names of the sprites on it, sorted.

    Errors: those of a build.
    """
    with AssetBuilder(project, env=env, reporter=reporter, options=BuildOptions()) as builder:
        result = builder.build()
    for item in result.diagnostics:
        reporter.diagnostic(item)
    tables = {one.name: one for one in load_config(project).sprite}
    sprites = []
    for logical in sorted(result.manifest.entries):
        folder, _, file = logical.rpartition("/")
        name, _, extension = file.rpartition(".")
        if folder != FOLDER or not _is_made(result, logical):
            continue
        if extension == "json":
            document = json.loads(_read(result, logical))
            images = {
                one["meta"]["image"]: LogicalPath(f"{FOLDER}/{one['meta']['image']}")
                for one in document.get("textures", [document])
            }
            is_marked = logical not in result.sources
            sheets = sheets_of(
                document,
                {image: _read(result, path) for image, path in images.items()},
                {image: result.manifest.entries[path].size for image, path in images.items()},
                prefix="" if is_marked else "." + prefix_of(tables.get(name), name),
            )
            sprites.append(PreviewSprite(name=name, sheets=sheets))
        elif extension == "svg":
            sprites.append(PreviewSprite(name=name, symbols=_read(result, logical)))
    for name, table in sorted(tables.items()):
        if table.kind == "raster" and "json" not in table.formats:
            reporter.detail(
                f'"{name}" is not shown: the page is made of its JSON, add it to formats'
            )
    atomic_write(target, render_preview(sprites).encode())
    return tuple(one.name for one in sprites)


def _is_made(result: BuildResult, logical: LogicalPath) -> bool:
    """Tell whether an output below sprites/ is ours: drawn from marks, or a generated source."""
    return result.sources.get(logical, f"{GENERATED}/").startswith(f"{GENERATED}/")


def _read(result: BuildResult, logical: LogicalPath) -> bytes:
    return (result.output / result.manifest.entries[logical].hashed).read_bytes()
