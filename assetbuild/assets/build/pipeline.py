"""One build, from configuration to manifest (HOUSE: Three walks, ``assetbuild compile``).

In: a configuration, options, a pool. Out: a BuildResult, or every diagnostic of the stage that
failed, with output and manifest as they were.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetbuild.assets.build.budgets import hold_budgets
from assetbuild.assets.build.connect import (
    ConnectContext,
    connect_outputs,
    digest_source,
    is_leaf,
)
from assetbuild.assets.build.esbuild import run_esbuild_bundles
from assetbuild.assets.build.inputs import BuildInputs
from assetbuild.assets.build.join import Join, join_outputs, plan_bundles, plan_own_joins
from assetbuild.assets.build.link import (
    Linked,
)
from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.pictures import PictureContext, Pictures, PictureStep
from assetbuild.assets.build.plan import (
    PlannedSource,
    SourcePlan,
    check_language_options,
    plan_sources,
)
from assetbuild.assets.build.prepare import (
    StepContext,
    ToolFinder,
    ToolSource,
    prepare_sources,
    read_imports,
    toolchain_versions,
)
from assetbuild.assets.build.prepared import Prepared
from assetbuild.assets.build.records import Records, make_records, note_inlined
from assetbuild.assets.build.search import make_search
from assetbuild.assets.build.settings import SettingsTable, resolve_settings
from assetbuild.assets.build.small_texts import SmallTexts
from assetbuild.assets.build.state import Snapshot
from assetbuild.assets.build.variants import LastVariants, make_variants, possible_variants
from assetbuild.assets.build.work import WorkPool
from assetbuild.assets.build.write import (
    WriteRequest,
    files_of,
    make_entries,
    read_output,
    write_outputs,
)
from assetbuild.assets.cache import BuildCache
from assetbuild.assets.discover import DiscoverRules, Discovery, discover_sources
from assetbuild.assets.encodings import VariantPlan, digest_plan, plan_variants
from assetbuild.assets.engines.host import choose_engine
from assetbuild.assets.foreign_manifests import ForeignContext, render_foreign
from assetbuild.assets.images.settings import PictureTable
from assetbuild.assets.model import FileDep, Manifest
from assetbuild.assets.result import BuildOptions
from assetbuild.assets.roots import FoundRoots, Root, display_path, find_roots
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.globs import compile_glob
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What one build saw and made."""

    manifest: Manifest
    diagnostics: tuple[Diagnostic, ...]  # warnings, sorted, unsilenced
    sources: Mapping[LogicalPath, str]  # output -> project-relative source, "" for a bundle
    records: Records  # what each text output was made of
    inputs: BuildInputs
    discovery: Discovery
    roots: FoundRoots
    taken_ns: int  # when it began to look
    compiled: int
    cached: int
    copied: int
    written: int
    variants: VariantPlan  # how the variants were made


def build_assets(context: BuildContext) -> Built:
    """Build everything into the output folder, which the caller has locked.

    Errors: AssetbuildError with all diagnostics of the stage that failed.
    """
    return _Build(context).run()


class _Build:
    def __init__(self, context: BuildContext) -> None:
        self._context = context
        self._config = context.config
        self._table: SettingsTable = resolve_settings(self._config, context.options.profile)
        self._taken_ns = time.time_ns()
        check_language_options(self._config)
        self._roots = find_roots(self._config)
        self._project = str(self._config.project)
        self._search = make_search(self._config, [*self._roots.roots, *context.generated])
        self._inputs = BuildInputs(self._search, context.snapshot)
        self._steps = StepContext(
            inputs=self._inputs,
            cache=context.cache,
            pool=context.pool,
            search=self._search,
            tools=ToolFinder(context.tools, self._search.node_modules, context.reporter),
            engine=choose_engine(self._table.assets.engine, context.env),
            sass=self._table.assets.sass,
            toolchain=toolchain_versions(),
            reporter=context.reporter,
            small_texts=context.small_texts,
        )
        self._diagnostics: list[Diagnostic] = []
        self._joins: list[Join] = []  # bundles, and what sources join by themselves
        is_quick = context.options.is_dev or not self._table.assets.minify
        picture_table = PictureTable(self._config.images, self._config.image, is_quick=is_quick)
        self._pictures = PictureStep(
            PictureContext(
                table=picture_table,
                cache=context.cache,
                digest=lambda one: digest_source(self._inputs, one),
                jobs=context.options.jobs or self._config.assets.jobs,
                reporter=context.reporter,
            )
        )

    def run(self) -> Built:
        discovery = self._discover()
        made = run_esbuild_bundles(
            self._config.bundle, discovery, self._table, self._steps, self._context.env
        )
        plan = plan_sources(
            (one for one in discovery.sources.values() if one.display not in made.inputs),
            self._table,
            lambda compiled: read_imports(compiled, self._steps),
        )
        self._diagnostics += [*discovery.diagnostics, *plan.diagnostics]
        prepared, leaves = self._prepare(plan)
        bundles = plan_bundles(self._config.bundle, plan, self._table)
        prepared = {**self._join(plan, prepared, bundles), **made.prepared}
        connected = connect_outputs(
            prepared,
            leaves,
            ConnectContext(
                config=self._config,
                table=self._table,
                plan=plan,
                discovery=discovery,
                steps=self._steps,
                prepare=lambda more: self._join(plan, prepare_sources(more, self._steps), ()),
                previous=self._context.previous,
                effort="fast" if self._context.options.is_dev else "best",
                pictures=self._pictures,
            ),
        )
        linked, prepared, leaves = connected.linked, connected.prepared, connected.leaves
        pictures = self._pictures.result()
        self._diagnostics += pictures.diagnostics
        for one in prepared.values():
            self._diagnostics += one.diagnostics
        self._diagnostics += linked.diagnostics
        self._check_unmoved()
        request = self._write_request(linked, prepared, leaves, pictures)
        entries = make_entries(request)
        hold_budgets(
            self._config.budget,
            list(entries.values()),
            read=lambda name: read_output(request, name),
            prepared=prepared,
        )
        variants = plan_variants(self._config.variants, is_release=self._context.options.is_release)
        names = sorted(files_of(one for one in entries.values() if one.is_hashed))
        self._context.on_writing([*names, *possible_variants(names, variants)])
        written = write_outputs(entries, request, self._context.output)
        entries, more = make_variants(
            entries,
            variants,
            read=lambda name: read_output(request, name),
            last=self._last_variants(variants),
            output=self._context.output,
            steps=self._steps,
        )
        manifest = Manifest(entries=entries)
        sources = {
            name: planned.found.display
            for name, planned in (*plan.entries.items(), *plan.imported.items())
            if name in manifest.entries
        }
        self._commit(manifest, sources)
        return Built(
            manifest=manifest,
            diagnostics=self._unsilenced(),
            sources=sources,
            records=note_inlined(
                {
                    **make_records(
                        plan,
                        prepared,
                        self._joins,
                        digest=lambda one: digest_source(self._inputs, one),
                    ),
                    **pictures.records,
                },
                connected.inlined,
                lambda name: self._source_of(plan, name),
            ),
            inputs=self._inputs,
            discovery=discovery,
            roots=self._roots,
            taken_ns=self._taken_ns,
            compiled=self._steps.counts.compiled + pictures.made,
            cached=self._steps.counts.cached + pictures.cached,
            copied=len(leaves) - len(leaves.keys() & pictures.contents.keys()),
            written=written + more,
            variants=variants,
        )

    def _last_variants(self, plan: VariantPlan) -> LastVariants | None:
        snapshot, previous = self._context.snapshot, self._context.previous
        if snapshot is None or previous is None:
            return None
        facts: Any = snapshot.facts or {}
        if facts.get("variants") != digest_plan(plan):
            return None
        return LastVariants(
            manifest=previous, trusted=snapshot.outputs, folder=str(self._context.output.path)
        )

    def _discover(self) -> Discovery:
        assets = self._table.assets
        rules = DiscoverRules(
            project=self._project,
            output=str(self._context.output.path),
            exclude=tuple(compile_glob(one) for one in assets.exclude),
            follows_links=assets.symlinks == "follow",
        )
        return discover_sources([*self._roots.roots, *self._context.generated], rules)

    def _prepare(
        self, plan: SourcePlan
    ) -> tuple[dict[LogicalPath, Prepared], dict[LogicalPath, PlannedSource]]:
        """Compile what is text; what is copied as it is stays a leaf, known by its digest."""
        texts: list[PlannedSource] = []
        leaves: dict[LogicalPath, PlannedSource] = {}
        for name, planned in plan.entries.items():
            if is_leaf(planned):
                leaves[name] = planned
            else:
                texts.append(planned)
        return prepare_sources(texts, self._steps), leaves

    def _join(
        self, plan: SourcePlan, prepared: dict[LogicalPath, Prepared], bundles: tuple[Join, ...]
    ) -> dict[LogicalPath, Prepared]:
        """Add the bundles, and put joined outputs in the place of those that import others."""

        def read(planned: PlannedSource) -> str:
            found = planned.found
            return self._inputs.read(found.file.path, found.display).decode("utf-8", "replace")

        joins = (*bundles, *plan_own_joins(prepared, plan, read=read))
        self._joins += joins
        joined = join_outputs(joins, plan, self._steps, url_prefix=self._config.assets.url)
        return dict(sorted({**prepared, **joined}.items()))

    def _source_of(self, plan: SourcePlan, name: LogicalPath) -> FileDep | None:
        planned = plan.entries.get(name) or plan.imported.get(name)
        if planned is None:
            return None
        return FileDep(planned.found.display, digest_source(self._inputs, planned))

    def _check_unmoved(self) -> None:
        moved = self._inputs.find_moved()
        if moved:
            shown = display_path(self._project, moved[0])
            more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
            raise AssetbuildError(
                error(
                    "build/changed-meanwhile",
                    f'"{shown}"{more} changed while the build was reading',
                    hint="build again",
                )
            )

    def _write_request(
        self,
        linked: Linked,
        prepared: Mapping[LogicalPath, Prepared],
        leaves: Mapping[LogicalPath, PlannedSource],
        pictures: Pictures,
    ) -> WriteRequest:
        snapshot = self._context.snapshot
        return WriteRequest(
            named=linked.named,
            files={name: one.found.file.path for name, one in leaves.items()},
            made=pictures.contents,
            pictures=pictures.facts,
            media_types={name: one.media_type for name, one in prepared.items()},
            references=linked.references,
            previous=self._context.previous,
            trusted=snapshot.outputs if snapshot is not None else {},
        )

    def _commit(self, manifest: Manifest, sources: Mapping[LogicalPath, str]) -> None:
        url = self._config.assets.url
        foreign = ForeignContext(
            url=url if url.endswith("/") else url + "/",
            sources=sources,
        )
        others = dict(
            render_foreign(form, manifest, foreign) for form in self._config.manifest.formats
        )
        self._context.output.commit(manifest, others)

    def _unsilenced(self) -> tuple[Diagnostic, ...]:
        silent = set(self._config.assets.silence)
        cache = self._context.cache
        found = [*self._diagnostics, *(cache.diagnostics if cache is not None else ())]
        return sort_diagnostics(one for one in found if one.code not in silent)
