"""The whole configuration: one frozen value, built once, passed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assetbuild.config.assets import (
    AssetsConfig,
    BundleConfig,
    ManifestConfig,
    ProfileConfig,
    RuleConfig,
)
from assetbuild.config.buildpacks import BuildpackConfig, ChainConfig, EnvConfig
from assetbuild.config.delivery import PublishConfig, ServeConfig
from assetbuild.config.images import SpriteConfig, VariantsConfig
from assetbuild.config.pictures import ImageRuleConfig, ImagesConfig
from assetbuild.config.settings import Origin, section, setting
from assetbuild.config.usage import UsageConfig
from assetbuild.jsontype import Json


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything assetbuild.toml, or [tool.assetbuild] in pyproject.toml, can say."""

    assets: AssetsConfig = section(
        AssetsConfig, "What is compiled, where it goes, how it is named."
    )
    language: Mapping[str, Mapping[str, Json]] = setting(
        {},
        "Options of a language, by its name; all of them: [languages](languages.md).",
        example="{ scss = { precision = 8 } }",
    )
    rule: tuple[RuleConfig, ...] = setting((), "Options for a glob; later rules win.")
    profile: Mapping[str, ProfileConfig] = setting(
        {}, "Profiles by name.", example="{ staging = { minify = false } }"
    )
    bundle: tuple[BundleConfig, ...] = setting((), "Outputs joined from several files.")
    sprite: tuple[SpriteConfig, ...] = setting(
        (), "Sprite sheets beyond the folders below sprites/."
    )
    images: ImagesConfig = section(ImagesConfig, "What is done to every picture.")
    image: tuple[ImageRuleConfig, ...] = setting(
        (), "What is done to the pictures of a glob; later tables win."
    )
    variants: VariantsConfig = section(VariantsConfig, "Precompressed siblings.")
    manifest: ManifestConfig = section(ManifestConfig, "Files written beside manifest.json.")
    budget: Mapping[str, str] = setting(
        {}, "Size limit by logical path or glob.", example='{ "js/app.js" = "90 kB gzip" }'
    )
    usage: UsageConfig = section(UsageConfig, "What check and unused look at.")
    buildpack: tuple[BuildpackConfig, ...] = setting((), "The chain of buildpacks, in order.")
    chain: ChainConfig = section(ChainConfig, "How the chain runs.")
    env: EnvConfig = section(EnvConfig, "Config vars and assets.")
    publish: PublishConfig = section(PublishConfig, "The publisher.")
    serve: ServeConfig = section(ServeConfig, "The origin and the dev server.")

    project: Path = field(default=Path("."))  # absolute folder that holds the configuration
    file: str | None = None  # name of the file that was read; None: no configuration
    origins: Mapping[str, Origin] = field(default_factory=dict)  # dotted key -> where it was set
