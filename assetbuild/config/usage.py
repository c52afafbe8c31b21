"""Settings of ``assetbuild check`` and ``assetbuild unused``."""

from __future__ import annotations

from dataclasses import dataclass

from assetbuild.config.forms import GLOB
from assetbuild.config.settings import setting


@dataclass(frozen=True, kw_only=True)
class UsageConfig:
    """Which names of assets an app's own files mention."""

    exclude: tuple[str, ...] = setting(
        (),
        "Globs of files, relative to the project, that are not looked at.",
        example='["docs/**", "tests/**"]',
        form=GLOB,
    )
    elsewhere: tuple[str, ...] = setting(
        (),
        "Globs of names that something else serves; check lets them pass.",
        example='["admin/**"]',
        form=GLOB,
    )
    keep: tuple[str, ...] = setting(
        (),
        "Globs of outputs that unused never tells: mails, partners and old pages name them.",
        example='["img/email/**"]',
        form=GLOB,
    )
    helpers: tuple[str, ...] = setting(
        (),
        "Functions and tags of the app's own whose first argument is the name of an asset.",
        example='["theme_asset"]',
    )
