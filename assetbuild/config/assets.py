"""Settings of the asset compiler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assetbuild.config.forms import GLOB, RELATIVE, SIZE, URL
from assetbuild.config.settings import required, setting
from assetbuild.jsontype import Json


@dataclass(frozen=True, kw_only=True)
class AssetsConfig:
    """What is compiled, where it goes, how it is named."""

    roots: tuple[str, ...] = setting(
        (), "Source folders, first wins; empty: the usual ones that exist.", example='["assets"]'
    )
    output: str = setting(
        "public/assets", "Folder that receives the outputs and manifest.json.", form=RELATIVE
    )
    url: str = setting(
        "/assets/",
        "URL under which the output folder is served; absolute references below it resolve.",
        form=URL,
    )
    names: Literal["{stem}.{hash}{ext}", "{hash}/{path}"] = setting(
        "{stem}.{hash}{ext}", "Form of hashed names."
    )
    hash_length: int = setting(
        12, "Hex digits of sha256 in a name; a clash lengthens it.", least=8, most=64
    )
    unhashed: tuple[str, ...] = setting(
        (),
        "Globs of outputs that keep their name.",
        example='["robots.txt", "favicon.ico"]',
        form=GLOB,
    )
    exclude: tuple[str, ...] = setting(
        (), "Globs of sources to leave out.", example='["**/*.psd"]', form=GLOB
    )
    load_paths: tuple[str, ...] = setting(
        (), "Folders searched for imports after the roots, relative to the project."
    )
    minify: bool = setting(True, "Minify CSS, JavaScript, SVG and JSON.")
    source_maps: bool = setting(True, "Write source maps.")
    missing: Literal["error", "warn"] = setting(
        "error", "What a reference to a file that is not there is; a [[rule]] can relax it."
    )
    engine: Literal["auto", "dukpy", "node", "v8"] = setting(
        "auto", "JavaScript engine that runs compilers; auto: node where it is on PATH, else dukpy."
    )
    sass: Literal["auto", "libsass", "dart-sass"] = setting(
        "auto",
        "Sass implementation; auto: Dart Sass for sources with @use or @forward. The option `implementation` overrides it.",
    )
    symlinks: Literal["inside", "follow"] = setting(
        "inside",
        "inside: a link that leads out of the source roots is an error; follow: it is taken.",
    )
    silence: tuple[str, ...] = setting((), "Codes of warnings that are not shown.")
    keep: int = setting(
        1,
        "Earlier builds whose hashed files stay in the output folder, for pages still open and rolling deploys.",
    )
    jobs: int = setting(0, "Compilers that run at once; 0: one for each core.")
    time_limit: int = setting(
        300, "Seconds that one source may take to compile; not held where `jobs` is 1.", least=1
    )
    cache_size: str = setting(
        "2 GB", "Size above which the oldest cache entries are removed.", form=SIZE
    )
    profile: str = setting(
        "production", "Profile used unless --profile names one; development turns minify off."
    )


@dataclass(frozen=True, kw_only=True)
class RuleConfig:
    """Options for the sources or outputs that match a glob; later rules win."""

    glob: str = required(
        "Glob of logical paths, of the source or of what it becomes.",
        example='"vendor/**"',
        form=GLOB,
    )
    entry: bool | None = setting(
        None, "true: always an output; false: only for imports. Unset: told by its name and use."
    )
    minify: bool | None = setting(None, "Overrides assets.minify.")
    source_maps: bool | None = setting(None, "Overrides assets.source-maps.")
    missing: Literal["error", "warn"] | None = setting(None, "Overrides assets.missing.")
    inline: str | None = setting(
        None,
        'Size up to which these files stand in the one stylesheet that names them, as data URIs; "0": never.',
        example='"4 kB"',
    )
    options: Mapping[str, Json] = setting(
        {}, "Language options for these sources.", example='{ target = "es2017" }'
    )
    headers: Mapping[str, str] = setting(
        {}, "Response headers for these outputs.", example='{ X-Robots-Tag = "noindex" }'
    )


@dataclass(frozen=True, kw_only=True)
class ProfileConfig:
    """What one profile sets otherwise than [assets]."""

    minify: bool | None = setting(None, "Overrides assets.minify.")
    source_maps: bool | None = setting(None, "Overrides assets.source-maps.")
    missing: Literal["error", "warn"] | None = setting(None, "Overrides assets.missing.")
    names: Literal["{stem}.{hash}{ext}", "{hash}/{path}"] | None = setting(
        None, "Overrides assets.names."
    )


@dataclass(frozen=True, kw_only=True)
class BundleConfig:
    """One output joined from an ordered list of files."""

    name: str = required("Logical path of the output.", example='"js/app.js"')
    files: tuple[str, ...] = setting(
        (), "Logical paths, globs and names of other bundles, in order.", example='["js/lib/*.js"]'
    )
    tool: Literal["concat", "esbuild"] = setting(
        "concat", "concat joins; esbuild hands the entry points to the app's own esbuild."
    )
    args: tuple[str, ...] = setting(
        (), "More arguments for the tool.", example='["--splitting", "--format=esm"]'
    )


@dataclass(frozen=True, kw_only=True)
class ManifestConfig:
    """Files written beside manifest.json."""

    formats: tuple[Literal["django", "vite", "sprockets", "propshaft", "webpack"], ...] = setting(
        (), "Manifests of other tools to write too.", example='["django"]'
    )
