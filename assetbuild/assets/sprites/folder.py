"""The folder whose pictures become sprites, ``sprites/<name>/``, and which pictures those are."""

from __future__ import annotations

import posixpath

from assetbuild.assets.images.kinds import KINDS

FOLDER = "sprites"
EXTENSIONS = tuple(one for one, kind in KINDS.items() if kind in {"PNG", "JPEG", "GIF"})
"""Of the pictures that a sheet can take."""


def is_folder_member(logical: str) -> bool:
    """Tell whether a source lies in ``sprites/<name>/``: its sheet is the output, not itself."""
    if not logical.startswith(f"{FOLDER}/") or logical.count("/") != 2:
        return False
    return posixpath.splitext(logical)[1].lower() in (*EXTENSIONS, ".svg")
