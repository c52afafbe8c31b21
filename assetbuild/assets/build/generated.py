"""The root of generated sources: sprites, made before discovery so that every language sees them.

In: a configuration. Out: a root to put after all others, and warnings. Sources of the same name
in another root win, so an app can take a generated file over by hand.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assetbuild.assets.discover import DiscoverRules, discover_sources
from assetbuild.assets.roots import GENERATED, Root, find_roots
from assetbuild.assets.sprites.folder import FOLDER
from assetbuild.config.model import Config
from assetbuild.diagnostics import Diagnostic
from assetbuild.files import atomic_write
from assetbuild.globs import compile_glob

if TYPE_CHECKING:
    from assetbuild.assets.images.png_encoder import Effort
    from assetbuild.assets.sprites.generate import PictureSource


def list_picture_sources(config: Config, output: Path) -> tuple[PictureSource, ...]:
    """Return every source of the project, sorted. Errors: those of roots and discovery."""
    from assetbuild.assets.sprites.generate import PictureSource  # as below

    discovery = discover_sources(
        find_roots(config).roots,
        DiscoverRules(
            project=str(config.project),
            output=str(output),
            exclude=tuple(compile_glob(one) for one in config.assets.exclude),
            follows_links=config.assets.symlinks == "follow",
        ),
    )
    return tuple(
        PictureSource(logical=one.logical, path=one.file.path, display=one.display)
        for one in discovery.sources.values()
    )


def make_generated_root(
    config: Config, output: Path, *, effort: Effort
) -> tuple[tuple[Root, ...], tuple[Diagnostic, ...]]:
    """Bring the generated sources up to date; () where the project has none.

    Errors: those of generate_sprites.
    """
    folder = config.project / GENERATED
    has_folders = any(os.path.isdir(f"{one.path}/{FOLDER}") for one in find_roots(config).roots)
    if not config.sprite and not has_folders and not folder.exists():
        return (), ()
    # packing, PNG and SVG: a tenth of a cold build's start, and few projects have sprites
    from assetbuild.assets.sprites.generate import generate_sprites
    from assetbuild.assets.sprites.sheet import DrawSettings

    drawing = DrawSettings(effort=effort, max_pixels=config.images.max_megapixels * 1_000_000)
    made = generate_sprites(
        list_picture_sources(config, output), config.sprite, folder, drawing=drawing
    )
    if not made.has_files:
        return (), made.diagnostics
    ignore = folder.parent / ".gitignore"
    if not ignore.exists():
        # made from the sources, on every machine alike: not for a repository
        atomic_write(ignore, b"*\n")
    return (Root(path=str(folder), display=GENERATED),), made.diagnostics
