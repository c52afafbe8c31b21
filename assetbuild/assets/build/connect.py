"""From prepared outputs to named ones: what references reach, marked sprites, names.

In: prepared texts and what is copied as it is. Out: everything named, and which outputs there are:
what only imports or sheets use is an output when something names it.
"""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from assetbuild.assets.build.finish import FinishOptions, wants_finish
from assetbuild.assets.build.inputs import BuildInputs
from assetbuild.assets.build.link import (
    Linked,
    LinkRules,
    Resolution,
    link_outputs,
    make_plain_nodes,
    resolve_output,
)
from assetbuild.assets.build.origins import LARGEST_MAP_BYTES
from assetbuild.assets.build.pictures import PictureStep
from assetbuild.assets.build.plan import PlannedSource, SourcePlan
from assetbuild.assets.build.prepare import StepContext
from assetbuild.assets.build.prepared import Prepared
from assetbuild.assets.build.scope import BeyondScope
from assetbuild.assets.build.settings import SettingsTable
from assetbuild.assets.build.symbols import find_missing_symbols, names_symbol
from assetbuild.assets.discover import FoundSource
from assetbuild.assets.languages.texts import line_at
from assetbuild.assets.model import Manifest
from assetbuild.assets.naming import Node
from assetbuild.assets.resolve import Names, index_names
from assetbuild.assets.sprites.marks import split_mark
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.globs import compile_glob, match_any
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath

if TYPE_CHECKING:
    from assetbuild.assets.build.inline import Inlined
    from assetbuild.assets.images.png_encoder import Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectContext:
    """What connecting is given."""

    config: Config
    table: SettingsTable
    plan: SourcePlan
    find_source: Callable[[str], FoundSource | None]  # by its project-relative path
    steps: StepContext
    prepare: Callable[[Sequence[PlannedSource]], Mapping[LogicalPath, Prepared]]  # with its joins
    previous: Manifest | None  # what lies in the output folder
    effort: Effort  # of drawing sheets
    pictures: PictureStep  # makes siblings, which references may name
    kept: Mapping[LogicalPath, str]  # outputs that stay as they are -> hashed path


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """All outputs."""

    linked: Linked
    prepared: dict[LogicalPath, Prepared]  # those made of text, and drawn sheets
    leaves: dict[LogicalPath, PlannedSource]  # those copied as they are
    maps: tuple[LogicalPath, ...]  # those that are source maps made here
    brought_maps: Mapping[LogicalPath, LogicalPath]  # map among the leaves -> its owner
    inlined: tuple[Inlined, ...]  # what became of each file that a rule asks to inline


def connect_outputs(
    prepared: Mapping[LogicalPath, Prepared],
    leaves: Mapping[LogicalPath, PlannedSource],
    context: ConnectContext,
) -> Connected:
    """Resolve all references and name everything.

    Errors: all unresolved references at once; those of marked sprites; BeyondScope.
    """
    connection = _Connection(prepared, leaves, context)
    connection.make_pictures()
    connection.follow()
    connection.draw()
    connection.make_pictures()  # those that only a reference made outputs
    inlined = connection.inline()
    brought = connection.find_brought_maps()
    return Connected(
        linked=connection.link(brought),
        prepared=connection.prepared,
        leaves=connection.leaves,
        maps=connection.maps,
        brought_maps={name: one.map_of for name, one in brought.items() if one.map_of},
        inlined=inlined,
    )


def find_unresolved(
    prepared: Mapping[LogicalPath, Prepared],
    leaves: Mapping[LogicalPath, PlannedSource],
    context: ConnectContext,
) -> tuple[Diagnostic, ...]:
    """Return the errors of references that lead nowhere, of a build that has failed already.

    ``context.kept``: outputs that there would be. What only references make one is not looked into.
    """
    connection = _Connection(prepared, leaves, context)
    with contextlib.suppress(AssetbuildError):
        connection.make_pictures()  # told when all else is mended
    return connection.find_unresolved()


def has_marks(one: Prepared) -> bool:
    """Tell whether a style sheet marks backgrounds for sprites."""
    return one.media_type == "text/css" and any(
        split_mark(item.reference.url)[1] is not None for item in one.references
    )


class _Connection:
    def __init__(
        self,
        prepared: Mapping[LogicalPath, Prepared],
        leaves: Mapping[LogicalPath, PlannedSource],
        context: ConnectContext,
    ) -> None:
        self.prepared = dict(prepared)
        self.leaves = dict(leaves)
        self._context = context
        self._url_prefix = context.config.assets.url
        self._rules = make_link_rules(context)
        self._resolutions: dict[LogicalPath, Resolution] = {}
        self._maps: dict[LogicalPath, Prepared] = {}

    @property
    def maps(self) -> tuple[LogicalPath, ...]:
        """The source maps among the outputs."""
        return tuple(self._maps)

    @cached_property
    def _pictures(self) -> Names:
        # a marked picture goes into a sheet: it need not be an output to be found
        return index_names(self._context.plan.sources, url_prefix=self._url_prefix)

    def make_pictures(self) -> None:
        """Make what is wanted of the pictures among the outputs of now."""
        self._context.pictures.add(self.leaves, taken={*self.prepared, *self.leaves})

    def follow(self) -> None:
        """Add what references reach until nothing new is reached."""
        while True:
            self._maps = {
                LogicalPath(f"{one.logical}.map"): one
                for one in self.prepared.values()
                if one.source_map is not None
            }
            for name in self._maps:
                self.leaves.pop(name, None)  # a map of ours replaces one that lay beside the source
            hidden = self._list_hidden()
            self._resolve(self.prepared, hidden)
            reached = {
                link.target
                for one in self._resolutions.values()
                for link in one.node.links
                if link.target in hidden and split_mark(link.suffix)[1] is None
            }
            if not reached:
                return
            if self._context.kept:
                raise BeyondScope(f'"{min(reached)}" becomes an output')
            found = {name: hidden[name] for name in sorted(reached)}
            self.leaves |= {name: one for name, one in found.items() if is_leaf(one)}
            texts = [one for one in found.values() if not is_leaf(one)]
            if texts:
                self.prepared |= self._context.prepare(texts)

    def _list_hidden(self) -> dict[LogicalPath, PlannedSource]:
        """Return what becomes an output when something names it."""
        imported = self._context.plan.imported
        return {
            name: imported[name]
            for name in imported
            if name not in self.prepared
            and name not in self.leaves
            and name not in self._context.kept
            and imported[name].settings.is_entry is None
        }

    def find_unresolved(self) -> tuple[Diagnostic, ...]:
        """Return the errors of resolving references."""
        self._resolve(self.prepared, self._list_hidden())
        found = (item for one in self._resolutions.values() for item in one.diagnostics)
        return sort_diagnostics(one for one in found if one.is_error)

    def draw(self) -> None:
        """Put sheets in the place of marked pictures."""
        context = self._context
        is_marked = any(map(has_marks, self.prepared.values()))
        is_asked = any(one.kind == "raster" and not one.files for one in context.config.sprite)
        if is_marked and context.kept:
            raise BeyondScope("sheets are drawn of what all style sheets mark")
        if not is_marked and (not is_asked or context.kept):
            return
        # drawing loads a dozen modules that a build without marks never needs
        from assetbuild.assets.build.marked import MarkedInputs, apply_marks
        from assetbuild.assets.sprites.sheet import DrawSettings

        max_pixels = context.config.images.max_megapixels * 1_000_000
        taken = {*self.prepared, *self.leaves, *self._maps}
        changed = apply_marks(
            self.prepared,
            {name: one.node.links for name, one in self._resolutions.items()},
            MarkedInputs(
                tables=context.config.sprite,
                sources=context.plan.sources,
                taken=frozenset(taken),
                inputs=context.steps.inputs,
                cache=context.steps.cache,
                drawing=DrawSettings(effort=context.effort, max_pixels=max_pixels),
                text_of=make_reader(context),
            ),
        )
        if changed:
            self.prepared |= changed
            self._resolve(changed, {})

    def _resolve(
        self,
        prepared: Mapping[LogicalPath, Prepared],
        hidden: Mapping[LogicalPath, PlannedSource],
    ) -> None:
        names = index_names(
            [
                *self.prepared,
                *self.leaves,
                *self._maps,
                *hidden,
                *self._context.pictures.result().siblings,
                *self._context.kept,
            ],
            aliases=self._context.plan.aliases,
            url_prefix=self._url_prefix,
        )
        for one in prepared.values():
            pictures = self._pictures if has_marks(one) else names
            self._resolutions[one.logical] = resolve_output(
                one, names, self._rules, pictures=pictures
            )

    def inline(self) -> tuple[Inlined, ...]:
        """Put small files into the stylesheets that name them, where a rule asks for it."""
        context = self._context
        if not context.table.has_inline:
            return ()
        # loaded where a rule inlines
        from assetbuild.assets.build.candidates import CandidateSources, find_candidates
        from assetbuild.assets.build.inline import inline_files

        candidates = find_candidates(
            self.prepared,
            self.leaves,
            {name: one.node for name, one in self._resolutions.items()},
            CandidateSources(
                table=context.table,
                made=context.pictures.result().contents,
                inputs=context.steps.inputs,
            ),
        )
        types = {name: one.media_type for name, one in self.prepared.items()}
        self._resolutions, decided = inline_files(self._resolutions, candidates, types)
        return decided

    def link(self, brought_maps: Mapping[LogicalPath, Node]) -> Linked:
        """Name everything."""
        rules = self._rules
        inputs = self._context.steps.inputs
        made = self._context.pictures.result().contents
        digests = {name: one.sha256 for name, one in made.items()}
        for name, planned in self.leaves.items():
            if name not in digests:
                digests[name] = digest_source(inputs, planned)
        maps = {name: self.prepared[one.logical] for name, one in self._maps.items()}
        nodes = {**make_plain_nodes(digests, maps, rules), **brought_maps}
        previous = self._context.previous
        taken = (
            {}
            if previous is None
            else {one.hashed: one.sha256 for one in previous.entries.values() if one.is_hashed}
        )
        linked = link_outputs(
            nodes, self._resolutions.values(), rules, taken=taken, known=self._context.kept
        )
        links = {name: one.node.links for name, one in self._resolutions.items()}
        kept = self._context.kept
        if any(names_symbol(one) and one.target in kept for some in links.values() for one in some):
            raise BeyondScope("a symbol of a file that stays is named")
        missing = find_missing_symbols(
            links,
            self.prepared,
            make_reader(self._context),
        )
        told = {**linked.told}
        for owner, some in missing.items():
            told[owner] = (*told.get(owner, ()), *some)
        return replace(linked, told=told)

    def find_brought_maps(self) -> dict[LogicalPath, Node]:
        """Return the nodes of maps that files left as they are brought: they name each other."""
        found: dict[LogicalPath, Node] = {}
        for owner, one in sorted(self._resolutions.items()):
            for link in one.node.links:
                if link.reference.kind == "source-map" and link.target in self._context.kept:
                    raise BeyondScope(f'"{link.target}" may be the map of another')
                planned = self.leaves.get(link.target)
                if link.reference.kind != "source-map" or planned is None or link.target in found:
                    continue
                source = planned.found
                if source.file.size <= LARGEST_MAP_BYTES:
                    found[link.target] = Node(
                        logical=link.target,
                        content=self._context.steps.inputs.read(source.file.path, source.display),
                        map_of=owner,
                        is_hashed=not self._rules.is_unhashed(link.target),
                    )
        return found


def make_link_rules(context: ConnectContext) -> LinkRules:
    """Return how references of this build are resolved and its outputs named."""
    table, plan = context.table, context.plan
    unhashed = tuple(compile_glob(one) for one in table.assets.unhashed)
    text_of = make_reader(context)

    def line_of(display: str, line: int) -> str | None:
        text = text_of(display)
        return None if text is None else line_at(text, line)

    def is_tolerant(name: LogicalPath) -> bool:
        planned = plan.entries.get(name)
        settings = table.for_path(name, "") if planned is None else planned.settings
        return settings.missing == "warn"

    def folder_of(display: str) -> str | None:
        found = context.find_source(display)
        return None if found is None else posixpath.dirname(found.logical)

    return LinkRules(
        form=table.assets.names,
        hash_length=table.assets.hash_length,
        url=table.assets.url.rstrip("/") + "/",
        is_unhashed=lambda name: match_any(unhashed, name),
        is_tolerant=is_tolerant,
        line_of=line_of,
        folder_of=folder_of,
    )


def make_reader(context: ConnectContext) -> Callable[[str], str | None]:
    """Return the function from a project-relative source to its text; None: it cannot be read."""
    inputs, search = context.steps.inputs, context.steps.search

    def text_of(display: str) -> str | None:
        found = context.find_source(display)
        try:
            data = inputs.read(found.file.path if found else search.locate(display), display)
        except AssetbuildError:
            return None
        return data.decode("utf-8", "replace")

    return text_of


def digest_source(inputs: BuildInputs, planned: PlannedSource) -> str:
    """Return the sha256 of a source. Errors: ``discover/unreadable``."""
    try:
        return inputs.digest(planned.found.file.path)
    except OSError as failure:
        raise AssetbuildError(
            error(
                "discover/unreadable",
                f'cannot read "{planned.found.display}": {failure.strerror}',
            )
        ) from failure


def is_leaf(planned: PlannedSource) -> bool:
    """Tell whether a source is copied without being read as text."""
    if not planned.language.is_verbatim:
        return False
    options = FinishOptions(
        minify=planned.settings.minify, source_maps=planned.settings.source_maps
    )
    return not wants_finish(guess_media_type(planned.output), planned.output, options)
