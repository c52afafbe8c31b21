"""Where imports are looked for in a project: its roots, load paths and packages."""

from __future__ import annotations

import os
from collections.abc import Sequence

from assetbuild.assets.languages.imports import ImportSearch
from assetbuild.assets.roots import Root
from assetbuild.config.model import Config


def make_search(config: Config, roots: Sequence[Root]) -> ImportSearch:
    """Return where imports are looked for in a project."""
    project = str(config.project)
    folders = [project]
    for root in roots:
        folder = root.path
        while folder.startswith(project + os.sep):
            if folder not in folders and os.path.isdir(f"{folder}/node_modules"):
                folders.insert(0, folder)
            folder = os.path.dirname(folder)
    return ImportSearch(
        project=project,
        roots=tuple(one.path for one in roots),
        load_paths=tuple(
            os.path.normpath(os.path.join(project, one)) for one in config.assets.load_paths
        ),
        node_modules=tuple(f"{one}/node_modules" for one in folders),
    )
