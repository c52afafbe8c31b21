"""Remove what builds made: the outputs that a manifest of ours lists, and the project's memory.

In: a project. Out: how much went. Files that no manifest of ours names are never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.state import StateFile
from assetbuild.assets.build.write import files_of
from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.assets.manifest import MANIFEST_NAME
from assetbuild.assets.roots import GENERATED, display_path
from assetbuild.config.load import load_config
from assetbuild.reporting import Reporter
from assetbuild.trees import remove_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What clean did."""

    output: str  # project-relative output folder
    removed: int  # files
    left: int  # files in the output folder that are not ours


def clean_project(project: Path, *, env: Mapping[str, str], reporter: Reporter) -> Cleaned:
    """Remove the outputs of this project's builds. Errors: those of the configuration."""
    config = load_config(project)
    path = project / config.assets.output
    display = display_path(str(project), str(path))
    state = StateFile(default_cache_dir(env), project, project)
    removed = 0
    if path.is_dir():
        output = OutputFolder(path, display=display)
        with output.lock(reporter):
            manifest, _ = output.read_manifest()
            names = set(state.read_pending())
            snapshot = state.load()
            facts: Any = snapshot.facts if snapshot is not None else None
            for files in facts.get("ledger", ()) if isinstance(facts, dict) else ():
                names.update(str(one) for one in files)
            if manifest is not None:
                names |= files_of(manifest.entries.values())
                names.add(MANIFEST_NAME)
            known = facts.get("foreign", {}) if isinstance(facts, dict) else {}
            # other tools' manifests: not one that the tool wrote itself
            names.update(
                name for name, (sha256, size) in known.items() if output.has(name, sha256, size)
            )
            removed = output.remove(sorted(names))
    remove_tree(state.folder)
    remove_tree(project / GENERATED)
    left = sum(1 for one in path.rglob("*") if one.is_file()) if path.is_dir() else 0
    return Cleaned(output=display, removed=removed, left=left)
