"""Outputs made of several sources: bundles, Sprockets' directives, inlined @import of CSS.

In: the plan, prepared outputs, compiled members. Out: prepared outputs that hold the others.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.build.finish import REVISION as FINISH_REVISION
from assetbuild.assets.build.finish import FinishOptions, finish_artifact
from assetbuild.assets.build.origins import add_origins
from assetbuild.assets.build.plan import PlannedSource, SourcePlan
from assetbuild.assets.build.prepare import StepContext, compile_sources
from assetbuild.assets.build.prepared import Prepared, from_cached, may_join, to_cached
from assetbuild.assets.build.settings import SettingsTable
from assetbuild.assets.bundles.directives import expand_directives
from assetbuild.assets.bundles.part import Part
from assetbuild.assets.minify.refused import tell_script_error, tell_style_errors
from assetbuild.assets.minify.text import REVISION as MINIFY_REVISION
from assetbuild.assets.minify.text import can_minify, minify_text
from assetbuild.assets.model import Artifact, FileDep
from assetbuild.assets.sourcemaps.model import emit_source_map, parse_source_map
from assetbuild.assets.urls import locate_url
from assetbuild.config.assets import BundleConfig
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Severity,
    error,
    locate_offset,
    sort_diagnostics,
)
from assetbuild.digests import digest_parts, sha256_hex
from assetbuild.globs import compile_glob, is_glob
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath
from assetbuild.suggest import find_nearest

_REVISION = 2  # raised when the same members are joined to other bytes
_JOINABLE = frozenset({"text/css", "text/javascript"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """One output and what goes into it."""

    output: LogicalPath
    members: tuple[LogicalPath, ...]  # outputs, in order; compiled, not minified
    display: str  # what messages name where no source map tells better
    finish: FinishOptions
    diagnostics: tuple[Diagnostic, ...] = ()  # warnings of finding the members


def plan_bundles(
    bundles: Sequence[BundleConfig],
    plan: SourcePlan,
    table: SettingsTable,
    *,
    wanted: Container[str] | None = None,
) -> tuple[Join, ...]:
    """Return the configured bundles that are joined, nested ones taken apart.

    ``wanted``: only those of these names; None: all. Errors, all at once: ``bundle/unknown-member``, ``bundle/cycle``, ``bundle/not-joinable``,
    ``bundle/name-taken``.
    """
    finder = _MemberFinder(bundles, plan)
    joins = []
    for bundle in bundles:
        if bundle.tool != "concat" or (wanted is not None and bundle.name not in wanted):
            continue
        output = LogicalPath(bundle.name)
        media_type = guess_media_type(output)
        if media_type not in _JOINABLE:
            finder.problems.append(
                error(
                    "bundle/not-joinable",
                    f'the bundle "{output}" is neither CSS nor JavaScript',
                    hint="end its name in .css or .js",
                )
            )
            continue
        if output in plan.entries:
            finder.problems.append(
                error(
                    "bundle/name-taken",
                    f'the bundle "{output}" has the name of the output of'
                    f' "{plan.entries[output].found.display}"',
                    hint="give the bundle another name; or remove that file, if it is another tool's"
                    " output",
                )
            )
            continue
        settings = table.for_path(output, "")
        joins.append(
            Join(
                output=output,
                members=tuple(dict.fromkeys(finder.expand(bundle, ()))),
                display=output,
                finish=FinishOptions(minify=settings.minify, source_maps=settings.source_maps),
            )
        )
    if finder.problems:
        raise AssetbuildError(*sort_diagnostics(finder.problems))
    return tuple(joins)


class _MemberFinder:
    def __init__(self, bundles: Sequence[BundleConfig], plan: SourcePlan) -> None:
        self._bundles = {one.name: one for one in bundles}
        self._sources = plan.sources
        self._aliases = plan.aliases
        self.problems: list[Diagnostic] = []

    def expand(self, bundle: BundleConfig, trail: tuple[str, ...]) -> Iterable[LogicalPath]:
        """Return the outputs that a bundle joins, in order, repeats included."""
        if bundle.name in trail:
            way = " -> ".join((*trail[trail.index(bundle.name) :], bundle.name))
            self.problems.append(error("bundle/cycle", f"bundles contain each other: {way}"))
            return
        extension = posixpath.splitext(bundle.name)[1]
        for text in bundle.files:
            nested = self._bundles.get(text)
            if nested is not None:
                if self._has_type(text, bundle):
                    yield from self.expand(nested, (*trail, bundle.name))
                continue
            found = self._find(text, extension)
            if not found:
                names = [*self._sources, *self._aliases, *self._bundles]
                nearest = find_nearest(text, (str(one) for one in names))
                self.problems.append(
                    error(
                        "bundle/unknown-member",
                        f'the bundle "{bundle.name}" lists "{text}", which is no source and no bundle',
                        hint=f'did you mean "{nearest}"?' if nearest else None,
                    )
                )
            yield from (one for one in found if self._has_type(one, bundle))

    def _has_type(self, name: str, bundle: BundleConfig) -> bool:
        """Tell whether a member is of the bundle's type; an error is noted where it is not."""
        if guess_media_type(name) == guess_media_type(bundle.name):
            return True
        self.problems.append(
            error(
                "bundle/wrong-type",
                f'the bundle "{bundle.name}" lists "{name}", which is of another type',
                hint="style sheets and scripts need a bundle each",
            )
        )
        return False

    def _find(self, text: str, extension: str) -> list[LogicalPath]:
        if not is_glob(text):
            name = LogicalPath(text)
            if name in self._sources:
                return [name]
            return [self._aliases[name]] if name in self._aliases else []
        glob = compile_glob(text)
        found = {name for name in self._sources if glob.matches(name)}
        found |= {name for source, name in self._aliases.items() if glob.matches(source)}
        return sorted(name for name in found if name.endswith(extension))


def plan_own_joins(
    prepared: Mapping[LogicalPath, Prepared],
    plan: SourcePlan,
    *,
    read: Callable[[PlannedSource], str],
) -> tuple[Join, ...]:
    """Return the outputs that join others by directives in their source, or by @import of CSS."""
    sources = plan.sources
    joins = []
    problems: list[Diagnostic] = []
    for name, one in prepared.items():
        planned = sources.get(name)
        if planned is None or not may_join(one):
            continue
        members: tuple[LogicalPath, ...] = (name,)
        diagnostics: tuple[Diagnostic, ...] = ()
        if one.has_directives:
            try:
                members = expand_directives(
                    name,
                    outputs=sources.keys(),
                    read=lambda member: read(sources[member]),
                    display=lambda member: sources[member].found.display,
                )
            except AssetbuildError as failure:
                if planned.settings.missing == "error":
                    problems.extend(failure.diagnostics)
                    continue
                diagnostics = _soften(failure.diagnostics)
        joins.append(
            Join(
                output=name,
                members=members,
                display=planned.found.display,
                finish=FinishOptions(
                    minify=planned.settings.minify, source_maps=planned.settings.source_maps
                ),
                diagnostics=diagnostics,
            )
        )
    if problems:
        raise AssetbuildError(*sort_diagnostics(problems))
    return tuple(joins)


def _soften(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(
            severity=Severity.WARNING,
            code=one.code,
            message=one.message,
            location=one.location,
            hint=one.hint,
        )
        for one in found
    )


def join_outputs(
    joins: Sequence[Join], plan: SourcePlan, context: StepContext, *, url_prefix: str | None
) -> dict[LogicalPath, Prepared]:
    """Join everything.

    Errors, all at once: those of compiling the members, ``bundle/es-module``, ``js/syntax``,
    ``css/syntax``.
    """
    if not joins:
        return {}
    members = sorted({name for one in joins for name in one.members})
    compiled = compile_sources([plan.sources[name] for name in members], context)
    wants_origins = any(one.finish.source_maps for one in joins)
    loading = _Loading(plan, compiled, context, url_prefix, wants_origins=wants_origins)
    done: dict[LogicalPath, Prepared] = {}
    problems: list[Diagnostic] = []
    for one in joins:
        try:
            done[one.output] = _join(one, loading, context)
        except AssetbuildError as failure:
            problems.extend(failure.diagnostics)
    if problems:
        raise AssetbuildError(*sort_diagnostics(problems))
    return done


class _Loading:
    """Finds what an @import names among the outputs, compiling it when it is first asked for."""

    def __init__(
        self,
        plan: SourcePlan,
        compiled: dict[LogicalPath, Artifact],
        context: StepContext,
        url_prefix: str | None,
        *,
        wants_origins: bool,  # whether a map is published that leads to the members
    ) -> None:
        self._sources = plan.sources
        self._aliases = plan.aliases
        self._compiled = compiled
        self._context = context
        self._url_prefix = url_prefix
        self._has_origins: set[LogicalPath] = set()  # members whose maps were looked for
        self._wants_origins = wants_origins

    def load(self, url: str, holder: LogicalPath) -> Part | None:
        """Return the style sheet that an import in ``holder`` names, or None."""
        located = locate_url(url, posixpath.dirname(holder), url_prefix=self._url_prefix)
        if located is None or guess_media_type(located[0]) not in {"text/css", _SCSS_TYPE}:
            return None
        name = located[0] if located[0] in self._sources else self._aliases.get(located[0])
        if name is None or not name.endswith(".css"):
            return None
        return self.part(name)

    def file_dep(self, name: LogicalPath) -> FileDep:
        """Return the dependency on the source of a member."""
        found = self._sources[name].found
        return FileDep(found.display, self._context.inputs.digest(found.file.path))

    def part(self, name: LogicalPath) -> Part:
        """Return a member, compiled."""
        artifact = self.artifact(name)
        source_map = None if artifact.source_map is None else parse_source_map(artifact.source_map)
        return Part(
            logical=name,
            text=artifact.content.decode("utf-8"),
            source=self._sources[name].found.display,
            source_map=source_map,
        )

    def artifact(self, name: LogicalPath) -> Artifact:
        """Return what a member compiles to, with the maps that its sources brought."""
        known = self._compiled.get(name)
        if known is None:
            known = compile_sources([self._sources[name]], self._context)[name]
            self._compiled[name] = known
        if self._wants_origins and name not in self._has_origins:
            self._has_origins.add(name)
            display = self._sources[name].found.display
            known = self._compiled[name] = add_origins(known, display, self._context.search)
            self._context.inputs.note(known.deps)
        return known


_SCSS_TYPE = guess_media_type("x.scss")


def _join(one: Join, loading: _Loading, context: StepContext) -> Prepared:
    # most builds, and nearly all that one changed file asks for, join nothing
    from assetbuild.assets.bundles.css import join_css
    from assetbuild.assets.bundles.js import join_js

    media_type = guess_media_type(one.output)
    parts = [loading.part(name) for name in one.members]
    if media_type == "text/css":
        if one.finish.minify:
            broken = [item for part in parts for item in _find_broken(part, one.output)]
            if broken:
                raise AssetbuildError(*broken)
        joined = join_css(parts, output=one.output, load=loading.load, wants_map=True)
    else:
        joined = join_js(parts, output=one.output, wants_map=True)
    artifacts = [loading.artifact(name) for name in joined.parts]
    source_map = None if joined.source_map is None else emit_source_map(joined.source_map)
    artifact = Artifact(
        logical=one.output,
        content=joined.text.encode("utf-8"),
        media_type=media_type,
        deps=tuple(
            dict.fromkeys(
                (
                    *(loading.file_dep(name) for name in joined.parts if name != one.output),
                    *(dep for item in artifacts for dep in item.deps),
                )
            )
        ),
        source_map=source_map,
        verbatim=frozenset() if joined.source_map is None else joined.source_map.verbatim,
        origins={source: item for one in artifacts for source, item in one.origins.items()},
        diagnostics=sort_diagnostics(
            [*one.diagnostics, *(found for item in artifacts for found in item.diagnostics)]
        ),
    )
    try:
        return _finish(one, artifact, context)
    except AssetbuildError as failure:
        # a brace that one member leaves open is missed at the end of them all
        found = [item for part in parts for item in _find_broken(part, one.output)]
        raise AssetbuildError(*(found or failure.diagnostics)) from failure


def _find_broken(part: Part, output: LogicalPath) -> Iterable[Diagnostic]:
    """Return the errors of a member that cannot be read by itself; compilers' output can."""
    media_type = guess_media_type(part.logical)
    if part.source_map is not None or not can_minify(media_type, part.logical):
        return ()
    if media_type == "text/css":
        return tell_style_errors(part.text, part.source, output)
    refused = minify_text(part.text, media_type, name=part.source).refused
    if refused is None:
        return ()
    location = locate_offset(part.source, part.text, refused.offset)
    return (tell_script_error(refused.reason, location, output),)


def _finish(one: Join, artifact: Artifact, context: StepContext) -> Prepared:
    key = digest_parts(
        "join",
        [
            f"{_REVISION} {FINISH_REVISION} {MINIFY_REVISION} {context.toolchain}",
            one.output,
            one.display,
            f"{one.finish.minify} {one.finish.source_maps}",
            sha256_hex(artifact.content),
            sha256_hex(artifact.source_map or b""),
            repr(artifact.deps),  # the maps that its sources brought are among them
            repr(artifact.diagnostics),
        ],
    )
    known = context.cache.load(key, context.inputs.holds) if context.cache is not None else None
    if known is not None:
        context.counts.cached += 1
        return from_cached(one.output, known)
    prepared = finish_artifact(artifact, one.display, one.finish)
    context.counts.compiled += 1
    if context.cache is not None:
        context.cache.store(key, to_cached(prepared))
    return prepared
