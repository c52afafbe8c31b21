"""Settings of the chain of buildpacks and of the slug."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assetbuild.config.forms import GLOB, VARIABLE
from assetbuild.config.settings import required, section, setting


@dataclass(frozen=True, kw_only=True)
class WhenConfig:
    """Condition under which a pack runs."""

    file: str | None = setting(
        None, "Glob that must match in the app.", example='"package.json"', form=GLOB
    )


@dataclass(frozen=True, kw_only=True)
class BuildpackConfig:
    """One pack of the chain, in order."""

    url: str = required("Git URL, archive, path or owner/name.", example='"heroku/python"')
    revision: str | None = setting(None, "Branch, tag or sha.")
    dir: str | None = setting(None, "Folder of the app the pack works on.")
    env: tuple[str, ...] | None = setting(
        None,
        "Names of config vars the pack may see; absent: all.",
        example='["NPM_TOKEN"]',
        form=VARIABLE,
    )
    cache: Literal["own", "shared"] = setting("own", "own: a cache folder of its own.")
    optional: bool = setting(False, "Skip the pack when its detect says no.")
    time_limit_s: int | None = setting(
        None, "Seconds that one of its scripts may take; absent: what the build has left.", least=1
    )
    when: WhenConfig = section(WhenConfig, "Condition under which the pack runs.")


@dataclass(frozen=True, kw_only=True)
class ChainConfig:
    """How the chain runs."""

    release: Literal["last", "merge"] = setting(
        "last", "Whose bin/release counts; last as the platform does, merge unites them."
    )
    time_limit_s: int = setting(900, "Seconds that all packs together may take; 0: no limit.")
    fetch_tries: int = setting(
        4, "Times that a fetch is tried, with longer and longer pauses.", least=1, most=100
    )
    fetch_timeout_s: int = setting(120, "Seconds that one try of a fetch may take.", least=1)
    locked: bool = setting(
        False, "Stop the build when the list of packs differs from .buildpacks.lock."
    )
    late_ignore: tuple[str, ...] = setting(
        (),
        "Patterns, as in .slugignore, removed after the build.",
        example='["node_modules/.cache"]',
    )
    slug_budget_mb: int = setting(
        300, "Compressed size of the slug, in MB, above which slug report exits 1."
    )


@dataclass(frozen=True, kw_only=True)
class EnvConfig:
    """Config vars and assets."""

    build: tuple[str, ...] = setting(
        (),
        "Names of config vars the asset build may see; none by default.",
        example='["PUBLIC_URL"]',
        form=VARIABLE,
    )
