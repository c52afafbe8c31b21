"""Whose a file of the slug is: a small record in the slug that ``slug report`` reads.

In: path -> pack. Out: the same, folded to whole folders, as JSON. Refuses to know: sizes.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping

from assetbuild.buildpacks.runtime import FOLDER as _RUNTIME
from assetbuild.buildpacks.runtime import PROFILE
from assetbuild.jsontype import parse_json

OWNERS_NAME = ".heroku/assetbuild/owners.json"
APP = "the app"


def find_builder(path: str, output: str) -> str | None:
    """Return which of our own parts made a path, or None; ``output`` is the assets' folder, with /."""
    if path.startswith(output):
        return "the assets"
    own = (f"{_RUNTIME}/", posixpath.dirname(OWNERS_NAME) + "/")
    if path.startswith(own) or path == PROFILE:
        return "assetbuild"
    return None


def fold_owners(owners: Mapping[str, str]) -> dict[str, str]:
    """Return folder (ending in "/") or file -> pack, the shortest list that says the same.

    A folder stands for all it holds when all of that is of one pack. ``owners`` names every file,
    the app's too; what is the app's is left out of the answer.
    """
    packs_of: dict[str, set[str]] = {}
    for path, pack in owners.items():
        folder = posixpath.dirname(path)
        while folder:
            packs_of.setdefault(folder, set()).add(pack)
            folder = posixpath.dirname(folder)
    folded: dict[str, str] = {}
    for path, pack in sorted(owners.items()):
        if pack == APP:
            continue
        name = path
        folder = posixpath.dirname(path)
        while folder and packs_of[folder] == {pack}:
            name = folder + "/"
            folder = posixpath.dirname(folder)
        folded[name] = pack
    return folded


def render_owners(owners: Mapping[str, str]) -> bytes:
    """Return the bytes of the record, sorted."""
    document = {"schema": 1, "owners": dict(sorted(fold_owners(owners).items()))}
    # ASCII: a name on disk may be no UTF-8
    return (json.dumps(document, indent=1) + "\n").encode()


def parse_owners(data: bytes) -> dict[str, str]:
    """Read a record; what is none gives no owners, so that any folder can be reported on."""
    try:
        owners = parse_json(data)["owners"]
    except (ValueError, KeyError, TypeError):
        return {}
    return {str(k): str(v) for k, v in owners.items()} if isinstance(owners, dict) else {}


def find_owner(path: str, owners: Mapping[str, str]) -> str:
    """Return whose a path is: by itself, else by the nearest folder, else the app's."""
    if path in owners:
        return owners[path]
    folder = posixpath.dirname(path)
    while folder:
        if folder + "/" in owners:
            return owners[folder + "/"]
        folder = posixpath.dirname(folder)
    return APP
