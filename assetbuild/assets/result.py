"""What a build is asked for and what it answers: the values that jobs, the CLI and the dev server share.

In: nothing. Out: frozen values. Refuses to know: how a build is done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from assetbuild.assets.model import Manifest
from assetbuild.diagnostics import Diagnostic
from assetbuild.paths import LogicalPath


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What a caller may ask of a build beyond the configuration."""

    profile: str | None = None  # None: the configured one
    cache_dir: Path | None = None  # None: $ASSETBUILD_CACHE_DIR, else the user's cache folder
    output: Path | None = None  # None: the configured output folder
    uses_cache: bool = True  # False: neither read nor write the cache
    is_forced: bool = False  # True: do not trust the remembered state of the last build
    is_dev: bool = False  # a dev server or --watch: quick sprites, no durable writes
    is_release: bool = False  # variants are made as small as they get, which takes its time
    jobs: int | None = None  # None: the configured number


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStats:
    """Counts of one build."""

    sources: int = 0  # files found below the roots
    outputs: int = 0  # entries of the manifest
    compiled: int = 0  # steps that ran a compiler, minifier or joiner
    cached: int = 0  # steps whose result was remembered
    copied: int = 0  # files taken as they are
    written: int = 0  # files written to the output folder
    seconds: float = 0.0  # wall time
    is_up_to_date: bool = False  # nothing had changed since the last build, nothing was done


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """A build that ended well; one that did not raises AssetbuildError and changes nothing."""

    manifest: Manifest  # what lies in the output folder now
    output: Path  # absolute output folder
    diagnostics: tuple[Diagnostic, ...]  # warnings, sorted
    stats: BuildStats  # how it came to be
    watched: tuple[str, ...] = ()  # absolute folders and files whose change calls for another build
    changed: tuple[LogicalPath, ...] = ()  # entries new, gone or of other bytes than before; sorted
    sources: dict[LogicalPath, str] = field(
        default_factory=dict
    )  # output -> project-relative source ("" for a bundle)
    variant_levels: dict[str, int] = field(default_factory=dict)  # coding -> level; {}: none made
