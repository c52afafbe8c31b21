"""Marked backgrounds inside a build: collect them, draw their sheets, rewrite the style sheets.

In: prepared style sheets whose URLs hold marks, and what those resolve to. Out: the style sheets
with positions on sheets, and the sheets as outputs of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assetbuild.assets.build.inputs import BuildInputs
from assetbuild.assets.build.plan import PlannedSource
from assetbuild.assets.build.prepared import FoundReference, Prepared, locate_reference
from assetbuild.assets.cache import BuildCache, CachedResult
from assetbuild.assets.diagnostic_rows import pack_diagnostic, unpack_diagnostic
from assetbuild.assets.images.png_encoder import REVISION as PNG_REVISION
from assetbuild.assets.languages.texts import line_at
from assetbuild.assets.model import Dep, FileDep
from assetbuild.assets.naming import Link
from assetbuild.assets.references import find_references
from assetbuild.assets.sourcemaps.shift import shift_mappings
from assetbuild.assets.sprites import marked
from assetbuild.assets.sprites.backgrounds import Problem, infer_arrangements, place_backgrounds
from assetbuild.assets.sprites.folder import EXTENSIONS, FOLDER
from assetbuild.assets.sprites.layout import Arrangement
from assetbuild.assets.sprites.marked import MarkedPicture, draw_marked, name_set
from assetbuild.assets.sprites.marks import MOVED, Mark, split_mark
from assetbuild.assets.sprites.positions import Place
from assetbuild.assets.sprites.sheet import Cell, DrawSettings, SheetSet
from assetbuild.assets.sprites.stylesheet import render_json
from assetbuild.assets.syntax.reference import Edit, apply_edits
from assetbuild.assets.tools.distributions import installed_version
from assetbuild.config.images import SpriteConfig
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Severity,
    error,
    sort_diagnostics,
)
from assetbuild.digests import digest_parts
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedInputs:
    """What the sheets of a build are made of."""

    tables: Sequence[SpriteConfig]
    sources: Mapping[LogicalPath, PlannedSource]  # every source by its output
    taken: frozenset[LogicalPath]  # outputs that there are
    inputs: BuildInputs
    cache: BuildCache | None
    drawing: DrawSettings
    text_of: Callable[[str], str | None]  # project-relative source -> its text


@dataclass(frozen=True, slots=True)
class _SetKey:
    """One set of sheets."""

    sprite: str
    ratio: int
    arrangement: Arrangement


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """One marked reference."""

    owner: LogicalPath
    found: FoundReference
    mark: Mark
    key: _SetKey
    picture: LogicalPath


def apply_marks(
    prepared: Mapping[LogicalPath, Prepared],
    links: Mapping[LogicalPath, Sequence[Link]],
    context: MarkedInputs,
) -> dict[LogicalPath, Prepared]:
    """Return what is new or changed: rewritten style sheets, sheets, their JSON; {} without marks.

    ``links`` are those of each prepared output. Errors, all at once: ``sprite/bad-mark``,
    ``sprite/name-taken``, ``sprite/no-pictures``, those of drawing.
    """
    return _Application(prepared, links, context).run()


class _Application:
    def __init__(
        self,
        prepared: Mapping[LogicalPath, Prepared],
        links: Mapping[LogicalPath, Sequence[Link]],
        context: MarkedInputs,
    ) -> None:
        self._prepared = prepared
        self._links = links
        self._context = context
        self._tables = {one.name: one for one in context.tables}
        self._told: list[Diagnostic] = []

    def run(self) -> dict[LogicalPath, Prepared]:
        owners = [
            one
            for one in self._prepared.values()
            if one.media_type == "text/css"
            and any(split_mark(item.reference.url)[1] for item in one.references)
        ]
        uses = [use for one in owners for use in self._collect(one)]
        self._check_tables({one.key.sprite for one in uses})
        self._raise_errors()
        drawn: dict[_SetKey, SheetSet] = {}
        changed: dict[LogicalPath, Prepared] = {}
        for key in sorted({one.key for one in uses}, key=lambda one: (one.sprite, repr(one))):
            pictures = sorted({one.picture for one in uses if one.key == key})
            try:
                made, files, told = self._draw(key, pictures)
            except AssetbuildError as failure:
                self._told.extend(failure.diagnostics)
                continue
            self._told.extend(told)
            drawn[key] = made
            for name, data in files.items():
                changed |= self._add_output(name, data, self._picture_deps(pictures))
        for sprite in sorted({key.sprite for key in drawn}):
            sets = [made for key, made in drawn.items() if key.sprite == sprite]
            if "json" in self._settings(sprite).formats:
                changed |= self._add_output(f"{sprite}.json", render_json(*sets).encode())
        self._raise_errors()
        for owner in owners:
            changed[owner.logical] = self._rewrite(
                owner, [one for one in uses if one.owner == owner.logical], drawn
            )
        self._raise_errors()
        if self._told and changed:
            first = min(changed)
            changed[first] = replace(
                changed[first], diagnostics=(*changed[first].diagnostics, *self._told)
            )
        return changed

    def _settings(self, sprite: str) -> SpriteConfig:
        return self._tables.get(sprite) or SpriteConfig(name=sprite)

    def _raise_errors(self) -> None:
        if any(one.is_error for one in self._told):
            raise AssetbuildError(*sort_diagnostics(self._told))

    def _check_tables(self, used: set[str]) -> None:
        for name, table in sorted(self._tables.items()):
            is_made = LogicalPath(f"{FOLDER}/{name}.png") in self._context.taken
            if table.kind == "raster" and not table.files and name not in used and not is_made:
                self._told.append(
                    error(
                        "sprite/no-pictures",
                        f'the sprite "{name}" has no pictures: "{FOLDER}/{name}/*" matches none, and no style sheet marks any',
                        hint=f'write files = ["…"] into its table, or /* sprite: {name} */ behind a background',
                    )
                )

    def _collect(self, one: Prepared) -> Iterable[_Use]:
        text = one.content.decode("utf-8")
        targets = {link.reference.start: link.target for link in self._links.get(one.logical, ())}
        marks = {}
        for item in one.references:
            mark = split_mark(item.reference.url)[1]
            target = targets.get(item.reference.start)
            if mark is None or target is None:
                continue
            if not target.lower().endswith(EXTENSIONS) or target not in self._context.sources:
                self._told.append(
                    self._tell(
                        item,
                        f'"{target}" cannot be part of a sheet: it is no PNG, JPEG or GIF',
                        "remove the comment; SVGs are joined by a folder sprites/<name>/",
                    )
                )
                continue
            marks[item.reference.start] = (item, mark, target)
        axes = infer_arrangements(text, {at: mark.axis for at, (_, mark, _) in marks.items()})
        for at, (item, mark, target) in marks.items():
            yield _Use(
                owner=one.logical,
                found=item,
                mark=mark,
                key=_SetKey(mark.name, mark.ratio, axes[at]),
                picture=target,
            )

    def _draw(
        self, key: _SetKey, pictures: Sequence[LogicalPath]
    ) -> tuple[SheetSet, Mapping[str, bytes], tuple[Diagnostic, ...]]:
        context = self._context
        config = name_set(self._settings(key.sprite), key.arrangement)
        found = {name: context.sources[name].found for name in pictures}
        parts = [
            f"{marked.REVISION} {PNG_REVISION}",
            context.drawing.effort,
            str(key.ratio),
            repr(config),
        ]
        parts += [installed_version(one) or "" for one in ("deflate", "pillow")]
        for name, one in found.items():
            parts += [name, one.display, context.inputs.digest(one.file.path)]
        digest = digest_parts("marked-sprite", parts)
        known = context.cache.load(digest, lambda _dep: True) if context.cache else None
        if known is not None and isinstance(known.meta, dict):
            rows = known.meta["diagnostics"]
            assert isinstance(rows, list)
            told = tuple(unpack_diagnostic(row) for row in rows)
            return marked.parse_set(known.meta["set"]), known.blobs, told
        made, files, told = draw_marked(
            {
                name: MarkedPicture(
                    data=context.inputs.read(one.file.path, one.display), display=one.display
                )
                for name, one in found.items()
            },
            config,
            ratio=key.ratio,
            drawing=context.drawing,
        )
        if context.cache is not None:
            meta = {
                "set": marked.dump_set(made),
                "diagnostics": [pack_diagnostic(one) for one in told],
            }
            context.cache.store(digest, CachedResult(deps=(), meta=meta, blobs=files))
        return made, files, told

    def _add_output(
        self, name: str, data: bytes, deps: tuple[Dep, ...] = ()
    ) -> dict[LogicalPath, Prepared]:
        logical = LogicalPath(f"{FOLDER}/{name}")
        if logical in self._context.taken:
            self._told.append(
                error(
                    "sprite/name-taken",
                    f'"{logical}", the sheet of marked pictures, is made of something else already',
                    hint=f"marks and a folder {FOLDER}/<name>/ cannot share a name: rename one of them",
                )
            )
            return {}
        return {
            logical: Prepared(
                logical=logical,
                content=data,
                media_type=guess_media_type(name),
                source_map=None,
                references=(),
                deps=deps,
                diagnostics=(),
            )
        }

    def _rewrite(
        self, one: Prepared, uses: Sequence[_Use], drawn: Mapping[_SetKey, SheetSet]
    ) -> Prepared:
        text = one.content.decode("utf-8")
        cells = {key: {cell.name: cell for cell in made.cells} for key, made in drawn.items()}
        places = {
            use.found.reference.start: _place(use, drawn[use.key], cells[use.key][use.picture])
            for use in uses
        }
        edits, problems = place_backgrounds(text, places)
        items = {item.reference.start: item for item in one.references}
        self._told += [
            self._tell(items[found.start], found.message, found.hint, found) for found in problems
        ]
        # what resolves to nothing was told where it is an error: its mark goes all the same
        lost = [
            Edit(at, item.reference.end, text[at : item.reference.end].replace(_fragment(item), ""))
            for at, item in items.items()
            if at not in places and split_mark(item.reference.url)[1] is not None
        ]
        edits = tuple(sorted((*edits, *lost), key=lambda edit: (edit.start, edit.end)))
        final = apply_edits(text, edits)
        # one URL stays one URL, so that their order tells which is which
        after = find_references(final, one.media_type)
        if any(found.is_error for found in problems) or len(after) != len(one.references):
            return one
        return replace(
            one,
            deps=(*one.deps, *self._picture_deps(use.picture for use in uses)),
            content=final.encode("utf-8"),
            source_map=self._shift_map(one.source_map, text, edits),
            references=tuple(
                replace(item, reference=reference)
                for item, reference in zip(one.references, after, strict=True)
            ),
        )

    def _picture_deps(self, pictures: Iterable[LogicalPath]) -> tuple[Dep, ...]:
        """Return what ``assetbuild explain`` tells of pictures that went into sheets."""
        found = [self._context.sources[name].found for name in sorted(set(pictures))]
        return tuple(
            FileDep(one.display, self._context.inputs.digest(one.file.path)) for one in found
        )

    def _shift_map(self, data: bytes | None, text: str, edits: Sequence[Edit]) -> bytes | None:
        if data is None:
            return None
        document = json.loads(data)
        document["mappings"] = shift_mappings(document["mappings"], text, edits)
        contents = document.get("sourcesContent") or []
        for at, content in enumerate(contents):
            # plain CSS was minified with its marks moved: the map shows what the user wrote
            if content is not None and MOVED in content:
                contents[at] = self._context.text_of(document["sources"][at])
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def _tell(
        self, item: FoundReference, message: str, hint: str, problem: Problem | None = None
    ) -> Diagnostic:
        text = self._context.text_of(item.file)
        line = None if text is None else line_at(text, item.line)
        return Diagnostic(
            severity=Severity.ERROR if problem is None or problem.is_error else Severity.WARNING,
            code="sprite/bad-mark" if problem is None else problem.code,
            message=message,
            location=locate_reference(item, split_mark(item.reference.url)[0], line),
            hint=hint,
        )


def _fragment(item: FoundReference) -> str:
    url = item.reference.url
    return url[len(split_mark(url)[0]) :]


def _place(use: _Use, made: SheetSet, cell: Cell) -> Place:
    width, height = made.sizes[cell.sheet]
    return Place(
        url=f"asset:{FOLDER}/{made.file_name(cell.sheet, use.key.ratio)}",
        x=cell.x,
        y=cell.y,
        width=cell.width,
        height=cell.height,
        sheet_width=width,
        sheet_height=height,
        ratio=use.key.ratio,
        arrangement=use.key.arrangement,
        writes_size=use.mark.writes_size,
    )
