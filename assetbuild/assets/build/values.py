"""What a build is given, and what it comes to: the values around the pipeline.

In: nothing. Out: frozen dataclasses. Refuses to know: how a build is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.build.inputs import BuildInputs
from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.prepare import ToolSource
from assetbuild.assets.build.records import Records
from assetbuild.assets.build.remembered import Remembered
from assetbuild.assets.build.scope import Scope
from assetbuild.assets.build.small_texts import SmallTexts
from assetbuild.assets.build.state import Snapshot
from assetbuild.assets.build.survey import Survey
from assetbuild.assets.build.work import WorkPool
from assetbuild.assets.cache import BuildCache
from assetbuild.assets.encodings import VariantPlan
from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.assets.result import BuildOptions
from assetbuild.assets.roots import FoundRoots, Root
from assetbuild.config.model import Config
from assetbuild.diagnostics import Diagnostic
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildContext:
    """What a build is given."""

    config: Config
    options: BuildOptions
    env: Mapping[str, str]
    reporter: Reporter
    pool: WorkPool
    tools: ToolSource
    cache: BuildCache | None
    small_texts: SmallTexts | None
    output: OutputFolder
    snapshot: Snapshot | None  # of the last build of this output
    previous: Manifest | None  # what lies in the output folder
    on_writing: Callable[[Sequence[str]], None]  # gets the files about to be made
    generated: tuple[Root, ...] = ()  # roots of generated sources, after all others
    told: tuple[Diagnostic, ...] = ()  # warnings of making these
    scope: Scope | None = None  # the outputs to make again; None: all


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What one build saw and made."""

    manifest: Manifest
    foreign: Mapping[str, tuple[str, int]]  # other tools' manifests: name -> sha256, size
    entries: Mapping[LogicalPath, ManifestEntry]  # those that this build made
    diagnostics: tuple[Diagnostic, ...]  # warnings, sorted, unsilenced
    sources: Mapping[LogicalPath, str]  # output -> project-relative source
    records: Records  # what each text output that this build made was made of
    remembered: Remembered  # what the next build may take over
    inputs: BuildInputs
    survey: Survey
    roots: FoundRoots
    taken_ns: int  # when it began to look
    compiled: int
    cached: int
    copied: int
    written: int
    variants: VariantPlan  # how the variants were made
