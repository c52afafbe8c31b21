"""Tiny packs of our own as an app's chain, without a list and without a fetch."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from assetbuild.buildpacks.chain import ChainPack
from assetbuild.config.model import Config
from assetbuild.jobs.packs import LoadPacks
from tests.support.chain import PACKS


def loader(*names: str, **options: Any) -> LoadPacks:
    """Return a LoadPacks that gives private copies of tests/support/packs/<name>."""

    def load(_project: Path, _config: Config, folder: Path) -> tuple[ChainPack, ...]:
        packs = []
        for index, name in enumerate(names):
            root = folder / f"{index}-{name}"
            shutil.copytree(PACKS / name, root)
            packs.append(
                ChainPack(label=name, source=f"https://example.com/{name}", root=root, **options)
            )
        return tuple(packs)

    return load
