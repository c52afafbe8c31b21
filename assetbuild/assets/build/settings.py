"""What is wanted of each source: the configuration, the profile and the rules, resolved for a path.

In: a Config and the names of its languages' options. Out: Settings for a logical path.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assetbuild.config.assets import AssetsConfig, ProfileConfig
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, UsageError, error
from assetbuild.globs import Glob, compile_glob
from assetbuild.jsontype import Json
from assetbuild.sizes import parse_size
from assetbuild.suggest import find_nearest

BUILT_IN_PROFILES: Mapping[str, ProfileConfig] = {
    "production": ProfileConfig(),
    "development": ProfileConfig(minify=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is wanted of one source or output."""

    is_entry: bool | None  # True: always an output; False: only for imports; None: not said
    minify: bool  # make it smaller
    source_maps: bool  # write a source map where the language can
    missing: Literal["error", "warn"]  # what an unresolved reference is
    inline_bytes: int  # size up to which it may stand in the stylesheet that names it; 0: never
    options: Mapping[str, Json]  # of the language, as configured; its defaults are not in it


@dataclass(frozen=True, slots=True)
class SettingsTable:
    """Answers for a path; rules are compiled once."""

    assets: AssetsConfig  # with the profile applied
    _languages: Mapping[str, Mapping[str, Json]]
    _rules: tuple[tuple[Glob, int], ...]
    _config: Config = field(repr=False)
    _inline: tuple[int | None, ...] = ()  # bytes of rule.inline, by rule

    @property
    def has_inline(self) -> bool:
        """Tell whether any rule asks to inline."""
        return any(self._inline)

    def for_path(self, logical: str, language: str, *, output: str | None = None) -> Settings:
        """Return what is wanted of a source or output; later rules win.

        ``output``: what a source becomes ("css/a.css"); a rule may name it by either.
        """
        names = {logical, output or logical}
        assets = self.assets
        is_entry: bool | None = None
        minify, source_maps, missing = assets.minify, assets.source_maps, assets.missing
        inline_bytes = 0
        options = dict(self._languages.get(language, {}))
        for glob, index in self._rules:
            if not any(map(glob.matches, names)):
                continue
            rule = self._config.rule[index]
            is_entry = is_entry if rule.entry is None else rule.entry
            minify = minify if rule.minify is None else rule.minify
            source_maps = source_maps if rule.source_maps is None else rule.source_maps
            missing = rule.missing or missing
            inline_bytes = self._inline[index] or 0 if rule.inline is not None else inline_bytes
            options.update(rule.options)
        return Settings(
            is_entry=is_entry,
            minify=minify and ".min." not in logical.rpartition("/")[2],
            source_maps=source_maps,
            missing=missing,
            inline_bytes=inline_bytes,
            options=options,
        )


def resolve_settings(config: Config, profile: str | None = None) -> SettingsTable:
    """Return the table of a configuration under a profile.

    Errors: ``config/unknown-profile``, ``config/wrong-size``.
    """
    name = profile or config.assets.profile
    known = {**BUILT_IN_PROFILES, **config.profile}
    if name not in known:
        nearest = find_nearest(name, known)
        kind = UsageError if profile else AssetbuildError
        raise kind(
            error(
                "config/unknown-profile",
                f'there is no profile "{name}"',
                hint=f'did you mean "{nearest}"?'
                if nearest
                else "profiles: " + ", ".join(sorted(known)),
            )
        )
    chosen = known[name]
    inline = tuple(None if one.inline is None else parse_size(one.inline) for one in config.rule)
    wrong = [
        error(
            "config/wrong-size",
            f'inline = "{rule.inline}" of the rule for "{rule.glob}" is not a size',
            hint='write for example "4 kB"',
        )
        for rule, size in zip(config.rule, inline, strict=True)
        if rule.inline is not None and size is None
    ]
    if wrong:
        raise AssetbuildError(*wrong)
    changes = {
        one.name: getattr(chosen, one.name)
        for one in dataclasses.fields(chosen)
        if getattr(chosen, one.name) is not None
    }
    return SettingsTable(
        dataclasses.replace(config.assets, **changes),
        config.language,
        tuple((compile_glob(rule.glob), index) for index, rule in enumerate(config.rule)),
        config,
        inline,
    )
