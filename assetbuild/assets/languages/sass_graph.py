"""All that a Sass source loads, through every level, before any compiler is called.

In: a source. Out: what each import resolves to, the files' texts, the dependencies; or every
missing, ambiguous and cyclic import at its place. Source of the names: the Sass specification,
spec/modules.md, "Resolving a file: URL".
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from assetbuild.assets.languages.imports import (
    ImportLog,
    ImportSearch,
    find_import,
    tell_missing_import,
)
from assetbuild.assets.languages.sass_scan import SassImport, scan_sass, uses_modules
from assetbuild.assets.languages.texts import decode_source
from assetbuild.assets.model import ToolDep
from assetbuild.assets.sprites.marks import move_marks
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    locate_offset,
)
from assetbuild.jsontype import Json

SASS_ENDINGS = (".sass", ".scss", ".css")
_PACKAGE_FIELDS = ("sass", "scss", "style")


@dataclass(slots=True)
class SassGraph:
    """Everything one Sass entry reaches."""

    entry: str  # absolute path of the entry
    log: ImportLog  # what was read and looked for
    encoding: Json  # of all its files
    texts: dict[str, str] = field(default_factory=dict)  # absolute path -> text, entry included
    marked: dict[str, str] = field(default_factory=dict)  # the same for compilers: marks in URLs
    edges: dict[tuple[str, str, bool], str | None] = field(
        default_factory=dict
    )  # (importing file, target as written, by @import) -> absolute path; None: there is none
    problems: list[Diagnostic] = field(default_factory=list)  # errors, in no order
    warnings: list[Diagnostic] = field(default_factory=list)  # in no order
    first_module: Location | None = None  # the first @use or @forward met; None: libsass will do

    @property
    def has_indented_marks(self) -> bool:
        """Tell whether an indented file marks pictures: libsass would read it from the disk."""
        return any(
            one.endswith(".sass") and self.marked[one] != self.texts[one] for one in self.texts
        )

    @property
    def files(self) -> tuple[str, ...]:
        """Absolute paths of what is imported, sorted, without the entry."""
        return tuple(sorted(self.texts.keys() - {self.entry}))


@dataclass(frozen=True, slots=True, kw_only=True)
class SassOutput:
    """What a Sass compiler made of a graph."""

    css: str  # without a source map comment
    source_map: str | None  # raw
    display: Callable[[str], str]  # the raw map's name of a source -> ours
    warnings: tuple[Diagnostic, ...]  # in no order
    tool: ToolDep  # the compiler


def read_sass_graph(
    path: str, data: bytes, search: ImportSearch, *, encoding: Json = "utf-8"
) -> SassGraph:
    """Read a Sass entry and all it loads. Never raises for the content: see ``problems``."""
    graph = SassGraph(entry=path, log=ImportLog(search), encoding=encoding)
    _visit(graph, path, data, ())
    return graph


def find_sass_file(log: ImportLog, target: str, importer: str, *, rule: str) -> tuple[str, ...]:
    """Return the file a Sass URL names; empty: none, more than one: ambiguous."""
    return find_import(
        log,
        target,
        importer,
        _Candidates(is_import=rule == "import"),
        package_fields=_PACKAGE_FIELDS,
    )


def add_sass_import(graph: SassGraph, importer: str, target: str, *, is_import: bool) -> None:
    """Resolve what only the compiler could see (``meta.load-css`` of a variable) into the graph."""
    rule = "import" if is_import else "use"
    files = find_sass_file(graph.log, target, importer, rule=rule)
    found = files[0] if len(files) == 1 else None
    graph.edges[importer, target, is_import] = found
    if found is not None and found not in graph.texts:
        _visit(graph, found, graph.log.read(found).data, (importer,))


@dataclass(frozen=True, slots=True)
class _Candidates:
    is_import: bool  # @import looks for name.import.scss first

    def __call__(self, base: str) -> Iterator[tuple[str, ...]]:
        ending = posixpath.splitext(base)[1].lower()
        if ending in SASS_ENDINGS:
            stem = base[: -len(ending)]
            if self.is_import:
                yield _with_partial(f"{stem}.import{ending}")
            yield _with_partial(base)
            # a file named "grid.scss.scss" would be odd; "a.css" as a stem is not
            yield from self._stems(base)
            return
        yield from self._stems(base)
        yield from self._stems(posixpath.join(base, "index"))

    def _stems(self, base: str) -> Iterator[tuple[str, ...]]:
        for marker in (".import", "") if self.is_import else ("",):
            yield tuple(
                one
                for ending in (".sass", ".scss")
                for one in _with_partial(f"{base}{marker}{ending}")
            )
            yield _with_partial(f"{base}{marker}.css")


def _with_partial(path: str) -> tuple[str, ...]:
    folder, _, name = path.rpartition("/")
    return (f"{folder}/_{name}", path)


def _visit(graph: SassGraph, path: str, data: bytes, trail: tuple[str, ...]) -> None:
    display = graph.log.search.display(path)
    try:
        text = decode_source(data, display, graph.encoding)
    except AssetbuildError as failure:
        graph.problems.extend(failure.diagnostics)
        graph.texts[path] = graph.marked[path] = ""
        return
    graph.texts[path] = text
    marked = move_marks(text, display)
    graph.marked[path] = marked.text
    for found in marked.diagnostics:
        (graph.problems if found.is_error else graph.warnings).append(found)
    if path.endswith(".css"):
        return
    imports = scan_sass(text, is_indented=path.endswith(".sass"))
    if graph.first_module is None and uses_modules(imports):
        first = next(one for one in imports if one.rule != "import")
        graph.first_module = locate_offset(display, text, first.offset, first.length)
    for one in imports:
        if one.is_built_in or (path, one.target, one.rule == "import") in graph.edges:
            continue
        _follow(graph, path, text, one, (*trail, path))


def _follow(
    graph: SassGraph,
    path: str,
    text: str,
    one: SassImport,
    trail: tuple[str, ...],
) -> None:
    log = graph.log
    display = log.search.display
    place = locate_offset(display(path), text, one.offset, one.length)
    files = find_sass_file(log, one.target, path, rule=one.rule)
    if not files:
        graph.problems.append(
            tell_missing_import(
                log, one.target, path, endings=SASS_ENDINGS, location=place, verb=one.rule
            )
        )
        return
    if len(files) > 1:
        names = ", ".join(f'"{display(one)}"' for one in files)
        graph.problems.append(
            error(
                "import/ambiguous",
                f'"{one.target}" may be any of {names}',
                location=place,
                hint="write the file's extension, or rename one of them",
            )
        )
        return
    target = files[0]
    graph.edges[path, one.target, one.rule == "import"] = target
    if target in trail:
        chain = " → ".join(display(one) for one in (*trail[trail.index(target) :], target))
        graph.problems.append(
            error(
                "import/cycle",
                f"the import leads back to itself: {chain}",
                location=place,
                hint="move what both files need into a third one",
            )
        )
        return
    if target not in graph.texts:
        _visit(graph, target, log.read(target).data, trail)
