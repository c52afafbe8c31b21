"""One build, from configuration to manifest (docs/explanation/architecture.md: three walks).

In: a configuration, options, a pool. Out: a BuildResult, or every diagnostic of the stage that
failed, with output and manifest as they were.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assetbuild.assets.build.connect import (
    ConnectContext,
    connect_outputs,
    digest_source,
    find_unresolved,
    is_leaf,
)
from assetbuild.assets.build.inputs import BuildInputs
from assetbuild.assets.build.link import (
    Linked,
)
from assetbuild.assets.build.pictures import PictureContext, Pictures, PictureStep
from assetbuild.assets.build.plan import (
    PlannedSource,
    SourcePlan,
    check_language_options,
    digest_importable,
    plan_sources,
)
from assetbuild.assets.build.prepare import (
    StepContext,
    ToolFinder,
    prepare_sources,
    read_imports,
    toolchain_versions,
)
from assetbuild.assets.build.prepared import PartlyPrepared, Prepared, may_join
from assetbuild.assets.build.records import make_records, note_inlined
from assetbuild.assets.build.remembered import pack_told
from assetbuild.assets.build.scope import (
    Scope,
    check_imports,
    check_names,
    check_outputs,
    find_importers,
)
from assetbuild.assets.build.search import make_search
from assetbuild.assets.build.settings import SettingsTable, resolve_settings
from assetbuild.assets.build.survey import (
    Survey,
    find_output_sources,
    recall_survey,
    remember_survey,
    survey_found,
)
from assetbuild.assets.build.values import BuildContext, Built
from assetbuild.assets.build.variants import make_variants, possible_variants, recall_variants
from assetbuild.assets.build.write import (
    WriteRequest,
    files_of,
    make_entries,
    read_output,
    render_others,
    write_outputs,
)
from assetbuild.assets.diagnostic_rows import pack_diagnostic
from assetbuild.assets.discover import DiscoverRules, Discovery, discover_sources
from assetbuild.assets.encodings import plan_variants
from assetbuild.assets.engines.host import choose_engine
from assetbuild.assets.images.settings import PictureTable
from assetbuild.assets.manifest import dump_manifest, patch_manifest
from assetbuild.assets.model import FileDep, Manifest, ManifestEntry
from assetbuild.assets.roots import Root, display_path, find_roots
from assetbuild.config.assets import BundleConfig
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.globs import compile_glob
from assetbuild.paths import LogicalPath

if TYPE_CHECKING:
    from assetbuild.assets.build.join import Join


def build_assets(context: BuildContext) -> Built:
    """Build everything, or a scope, into the output folder, which the caller has locked.

    Errors: AssetbuildError with all diagnostics of the stage that failed; BeyondScope before
    anything is written.
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
        self._search = make_search(self._config, self._all_roots())
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
        self._imports: dict[LogicalPath, tuple[str, ...]] = {}  # of sources looked at again
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
        scope = self._context.scope
        survey = self._look() if scope is None else self._recall(scope)
        plan = survey.plan
        prepared, leaves = self._prepare(survey)
        context = self._connecting(survey, {name: one.hashed for name, one in survey.kept.items()})
        connected = connect_outputs(prepared, leaves, context)
        linked, prepared, leaves = connected.linked, connected.prepared, connected.leaves
        pictures = self._pictures.result()
        self._check_unmoved()
        request = self._write_request(linked, prepared, leaves, pictures)
        entries = make_entries(request)
        if scope is not None:
            check_outputs(scope, entries, linked.references)
            assets = self._table.assets
            check_names(scope, entries.values(), form=assets.names, hash_length=assets.hash_length)
        self._hold_budgets({**survey.kept, **entries}, request, prepared)
        variants = plan_variants(self._config.variants, is_release=self._context.options.is_release)
        names = sorted(files_of(one for one in entries.values() if one.is_hashed))
        self._context.on_writing([*names, *possible_variants(names, variants)])
        output = self._context.output
        written = write_outputs(entries, request, output)
        entries, more = make_variants(
            entries,
            variants,
            read=lambda name: read_output(request, name),
            last=recall_variants(variants, self._context.snapshot, self._context.previous, output),
            output=output,
            steps=self._steps,
        )
        manifest = Manifest(entries=dict(sorted({**survey.kept, **entries}.items())))
        sources = find_output_sources(survey, manifest) if scope is None else scope.last.sources
        foreign = self._commit(manifest, entries, sources)
        told = {name: one.diagnostics for name, one in prepared.items()}
        for name, some in linked.told.items():
            told[name] = (*told.get(name, ()), *some)
        general = (*self._context.told, *survey.told, *pictures.diagnostics)
        diagnostics = [*general, *(one for some in told.values() for one in some)]
        if scope is None:
            remembered = replace(
                remember_survey(survey, self._table, self._search.display, roots=self._all_roots()),
                maps=tuple(sorted(connected.maps)),
                brought_maps=connected.brought_maps,
                told=pack_told(told),
                general=[pack_diagnostic(one) for one in sort_diagnostics(general)],
            )
        else:
            diagnostics += scope.last.remembered.diagnostics(leave_out=scope.outputs)
            remembered = scope.last.remembered.with_outputs(
                scope.outputs, told, self._imports, connected.brought_maps
            )
        return Built(
            manifest=manifest,
            foreign=foreign,
            entries=entries,
            diagnostics=self._unsilenced(diagnostics),
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
            remembered=remembered,
            inputs=self._inputs,
            survey=survey,
            roots=self._roots,
            taken_ns=self._taken_ns,
            compiled=self._steps.counts.compiled + pictures.made,
            cached=self._steps.counts.cached + pictures.cached,
            copied=len(leaves) - len(leaves.keys() & pictures.contents.keys()),
            written=written + more,
            variants=variants,
        )

    def _look(self) -> Survey:
        discovery = self._discover()
        made: Mapping[LogicalPath, Prepared] = {}
        taken: frozenset[str] = frozenset()  # sources that went into these
        if any(one.tool == "esbuild" for one in self._config.bundle):
            # loads what runs programs, which few builds need
            from assetbuild.assets.build.esbuild import run_esbuild_bundles

            result = run_esbuild_bundles(
                self._config.bundle, discovery, self._table, self._steps, self._context.env
            )
            made, taken = result.prepared, result.inputs
        names = digest_importable(discovery.sources.values())
        plan = plan_sources(
            (one for one in discovery.sources.values() if one.display not in taken),
            self._table,
            lambda compiled: read_imports(compiled, self._steps, names=names),
        )
        return survey_found(discovery, plan, made)

    def _recall(self, scope: Scope) -> Survey:
        """Take from the last build what the changed files cannot have changed."""
        survey = recall_survey(scope, self._all_roots(), self._table, self._config.bundle)
        sources, aliases = survey.plan.sources, scope.last.remembered.aliases
        importers = [sources[aliases.get(one, one)] for one in find_importers(scope)]
        self._imports = {
            name: tuple(map(self._search.display, files))
            for name, files in read_imports(importers, self._steps, names="scope").items()
        }
        check_imports(scope, self._imports)
        for file in scope.changed:
            # what is imported no longer is read by no step
            self._inputs.note_seen(self._search.locate(file))
        return survey

    def _discover(self) -> Discovery:
        assets = self._table.assets
        rules = DiscoverRules(
            project=self._project,
            output=str(self._context.output.path),
            exclude=tuple(compile_glob(one) for one in assets.exclude),
            follows_links=assets.symlinks == "follow",
        )
        return discover_sources(self._all_roots(), rules)

    def _all_roots(self) -> list[Root]:
        return [*self._roots.roots, *self._context.generated]

    def _prepare(
        self, survey: Survey
    ) -> tuple[dict[LogicalPath, Prepared], dict[LogicalPath, PlannedSource]]:
        """Compile and join what is text; what is copied as it is stays a leaf, known by its digest.

        Errors: all of this stage, and, so that they need not wait until these are mended, the
        references of all other outputs that lead nowhere.
        """
        leaves = {name: one for name, one in survey.wanted.items() if is_leaf(one)}
        texts = {name: one for name, one in survey.wanted.items() if name not in leaves}
        bundles = self._config.bundle
        prepared: Mapping[LogicalPath, Prepared] = {}
        try:
            prepared = prepare_sources(texts.values(), self._steps)
            joined = self._join(survey.plan, prepared, bundles)
        except AssetbuildError as failure:
            if isinstance(failure, PartlyPrepared):
                prepared = failure.done
            names = [*texts, *(LogicalPath(one.name) for one in bundles), *survey.made]
            known = {*names, *(LogicalPath(f"{one}.map") for one in names)}
            context = self._connecting(survey, dict.fromkeys(known, ""))
            found = find_unresolved({**prepared, **survey.made}, leaves, context)
            raise AssetbuildError(*sort_diagnostics([*failure.diagnostics, *found])) from failure
        return {**joined, **survey.made}, leaves

    def _connecting(self, survey: Survey, kept: Mapping[LogicalPath, str]) -> ConnectContext:
        plan = survey.plan
        return ConnectContext(
            config=self._config,
            table=self._table,
            plan=plan,
            find_source=survey.find_source,
            steps=self._steps,
            prepare=lambda more: self._join(plan, prepare_sources(more, self._steps), ()),
            previous=self._context.previous,
            effort="fast" if self._context.options.is_dev else "best",
            pictures=self._pictures,
            kept=kept,
        )

    def _join(
        self,
        plan: SourcePlan,
        prepared: Mapping[LogicalPath, Prepared],
        bundles: Sequence[BundleConfig],
    ) -> dict[LogicalPath, Prepared]:
        """Add the bundles, and put joined outputs in the place of those that import others."""
        if not bundles and not any(map(may_join, prepared.values())):
            return dict(prepared)
        # most builds, and nearly all that one changed file asks for, join nothing
        from assetbuild.assets.build.join import join_outputs, plan_bundles, plan_own_joins

        def read(planned: PlannedSource) -> str:
            found = planned.found
            return self._inputs.read(found.file.path, found.display).decode("utf-8", "replace")

        wanted = self._context.scope.outputs if self._context.scope is not None else None
        joins = (
            *plan_bundles(bundles, plan, self._table, wanted=wanted),
            *plan_own_joins(prepared, plan, read=read),
        )
        self._joins += joins
        joined = join_outputs(joins, plan, self._steps, url_prefix=self._config.assets.url)
        return dict(sorted({**prepared, **joined}.items()))

    def _source_of(self, plan: SourcePlan, name: LogicalPath) -> FileDep | None:
        planned = plan.sources.get(name)
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

    def _hold_budgets(
        self,
        entries: Mapping[LogicalPath, ManifestEntry],
        request: WriteRequest,
        prepared: Mapping[LogicalPath, Prepared],
    ) -> None:
        if self._config.budget:
            # as esbuild.py: what measures is loaded where there is something to measure
            from assetbuild.assets.build.budgets import hold_budgets

            def read(name: LogicalPath) -> bytes:
                if name in request.named:
                    return read_output(request, name)
                return (self._context.output.path / entries[name].hashed).read_bytes()

            hold_budgets(self._config.budget, list(entries.values()), read=read, prepared=prepared)

    def _commit(
        self,
        manifest: Manifest,
        entries: Mapping[LogicalPath, ManifestEntry],
        sources: Mapping[LogicalPath, str],
    ) -> Mapping[str, tuple[str, int]]:
        """Write the manifests, see OutputFolder.commit; ``entries`` were made by this build."""
        output, data = self._context.output, None
        if self._context.scope is not None:
            data = patch_manifest(output.manifest_data, entries.values())
        if data is None:
            data = dump_manifest(manifest)
        return output.commit(data, render_others(manifest, sources, self._config))

    def _unsilenced(self, told: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        silent = set(self._config.assets.silence)
        cache = self._context.cache
        found = [*told, *(cache.diagnostics if cache is not None else ())]
        return sort_diagnostics(one for one in found if one.code not in silent)
