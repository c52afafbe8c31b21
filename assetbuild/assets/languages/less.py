"""LESS.

In: a source. Out: CSS. Imports are found by this module, not by the compiler: it gets the files,
and asks by folder and name for those that only its variables name.
"""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest, LanguageOption
from assetbuild.assets.languages.compiled import Compiled, ask_until_answered, make_artifact
from assetbuild.assets.languages.imports import ImportLog, find_import, tell_missing_import
from assetbuild.assets.languages.less_scan import LessImport, keep_external, scan_less
from assetbuild.assets.languages.names import option_of
from assetbuild.assets.languages.plain import ENCODING
from assetbuild.assets.languages.programs import less_program
from assetbuild.assets.languages.texts import decode_source, line_at
from assetbuild.assets.model import Artifact, ToolDep
from assetbuild.assets.sprites.marks import move_marks
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    locate_offset,
    sort_diagnostics,
    warning,
)
from assetbuild.jsontype import Json

MATH = LanguageOption(
    name="math",
    default="parens-division",
    doc="Where arithmetic is done; always: everywhere, as LESS 3 did.",
    choices=("always", "parens-division", "parens"),
)
STRICT_UNITS = LanguageOption(
    name="strict-units", default=False, doc="Refuse arithmetic with units that do not fit."
)
REWRITE_URLS = LanguageOption(
    name="rewrite-urls",
    default="off",
    doc="all or local: make url() of imported files relative to the importing one.",
    choices=("off", "all", "local"),
)
JAVASCRIPT = LanguageOption(
    name="javascript", default=False, doc="Evaluate `JavaScript` in the source."
)
_ENDINGS = (".less", ".css")
_PACKAGE_FIELDS = ("less", "style")


@dataclass(slots=True)
class _Graph:
    """Everything one LESS entry is known to load."""

    log: ImportLog  # what was read and looked for
    texts: dict[str, str] = field(default_factory=dict)  # absolute path -> text
    marked: dict[str, str] = field(default_factory=dict)  # the same for the compiler: marks in URLs
    files: dict[str, Json] = field(default_factory=dict)  # "folder\nname" -> what the glue takes
    problems: list[Diagnostic] = field(default_factory=list)  # errors, in no order
    warnings: list[Diagnostic] = field(default_factory=list)  # in no order
    encoding: Json = "utf-8"  # of all its files


class LessLanguage:
    """LESS."""

    name = "less"
    revision = 5
    extensions: tuple[str, ...] = (".less",)
    output_extension = ".css"
    options: tuple[LanguageOption, ...] = (MATH, STRICT_UNITS, REWRITE_URLS, JAVASCRIPT, ENCODING)
    holds_gil = True
    is_verbatim = False

    def is_partial(self, logical: str) -> bool:
        """See Language: LESS took the custom from Sass."""
        return posixpath.basename(logical).startswith("_")

    def find_imports(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        graph = _read_graph(request)
        return tuple(sorted(graph.texts.keys() - {request.source.file}))

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return ("less",)

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Compile one entry. Errors: ``less/compile``, ``import/…``, ``language/…``."""
        graph = _read_graph(request)
        answer = _render(request, host, graph)
        source = request.source
        texts = {request.search.display(path): text for path, text in graph.texts.items()}
        if "error" in answer:
            raise AssetbuildError(_read_error(answer["error"], texts, source.display))
        tool = request.tools["less"]
        told = [
            warning("less/warning", one.strip(), location=Location(file=source.display))
            for one in answer.get("warnings", ())
        ]
        return make_artifact(
            self,
            request,
            Compiled(
                text=answer["css"],
                raw_map=answer.get("map"),
                texts=texts,
                deps=(*graph.log.deps(), ToolDep(tool.name, tool.version)),
                diagnostics=(*graph.warnings, *told),
            ),
        )


def _render(request: CompileRequest, host: EngineHost, graph: _Graph) -> Any:
    program = less_program(request.tools["less"])
    options, display = request.options, request.source.display

    def ask() -> Any:
        if graph.problems:  # asked again, they may be those of what only a variable names
            raise AssetbuildError(*sort_diagnostics(graph.problems))
        question: dict[str, Json] = {
            "text": keep_external(graph.marked[request.source.file]),
            "display": display,
            "files": graph.files,
            "math": option_of(options, MATH),
            "strictUnits": option_of(options, STRICT_UNITS),
            "rewriteUrls": option_of(options, REWRITE_URLS),
            "javascript": option_of(options, JAVASCRIPT),
            "map": request.wants_source_map,
        }
        return host.call(request.engine, program, "assetbuildLess", question, display=display)

    def supply(folder: str, name: str) -> None:
        _answer_need(graph, request, folder, name)

    return ask_until_answered(ask, supply, code="less/compile", display=display)


def _read_graph(request: CompileRequest) -> _Graph:
    graph = _Graph(ImportLog(request.search), encoding=option_of(request.options, ENCODING))
    _visit(graph, request.source.file, request.content)
    return graph


def _visit(graph: _Graph, path: str, data: bytes) -> None:
    display = graph.log.search.display(path)
    try:
        text = decode_source(data, display, graph.encoding)
    except AssetbuildError as failure:
        graph.problems.extend(failure.diagnostics)
        text = ""
    graph.texts[path] = text
    if path.endswith(".js"):  # a plugin: what it writes of imports and URLs is none of its own
        graph.marked[path] = text
        return
    marked = move_marks(text, display)
    graph.marked[path] = marked.text
    for told in marked.diagnostics:
        (graph.problems if told.is_error else graph.warnings).append(told)
    folder = _folder_of(display)
    for one in scan_less(text):
        found = _find(graph.log, one.target, path, is_plugin=one.is_plugin)
        if found is None:
            if not one.is_optional:
                graph.problems.append(_tell_missing(graph.log, one, path, text))
            graph.files[f"{folder}\n{one.target}"] = None
            continue
        graph.files[f"{folder}\n{one.target}"] = _take(graph, found)


def _take(graph: _Graph, path: str) -> dict[str, Json]:
    """Read a file and all that it names, once, and return what the glue takes of it."""
    if path not in graph.texts:
        _visit(graph, path, graph.log.read(path).data)
    text = graph.marked[path]
    return {
        "name": graph.log.search.display(path),
        "text": text if path.endswith(".js") else keep_external(text),
    }


def _answer_need(graph: _Graph, request: CompileRequest, folder: str, name: str) -> None:
    """Add what the compiler asked for: an import by a variable, or a file for data-uri()."""
    importer = request.search.locate(folder + "x")
    found = _find(graph.log, name, importer, is_plugin=name.endswith(".js"))
    key = f"{folder}\n{name}"
    if found is None:
        graph.files[key] = None
    elif found.endswith((*_ENDINGS, ".js")):
        graph.files[key] = _take(graph, found)
    else:
        data = graph.log.read(found).data
        graph.files[key] = {
            "name": request.search.display(found),
            "base64": base64.b64encode(data).decode("ascii"),
            "text": data.decode("utf-8", "replace"),
        }


def _find(log: ImportLog, target: str, importer: str, *, is_plugin: bool) -> str | None:
    def candidates(base: str) -> Iterator[tuple[str, ...]]:
        ending = ".js" if is_plugin else ".less"
        if not posixpath.splitext(base)[1]:
            yield (base + ending,)
        yield (base,)
        yield (base + ending,)

    found = find_import(
        log, target.partition("?")[0], importer, candidates, package_fields=_PACKAGE_FIELDS
    )
    return found[0] if found else None


def _folder_of(display: str) -> str:
    return display.rpartition("/")[0] + "/" if "/" in display else ""


def _tell_missing(log: ImportLog, one: LessImport, path: str, text: str) -> Diagnostic:
    location = locate_offset(log.search.display(path), text, one.offset, one.length)
    return tell_missing_import(log, one.target, path, endings=_ENDINGS, location=location)


def _read_error(found: dict[str, Any], texts: dict[str, str], entry: str) -> Diagnostic:
    file = found["file"] if found["file"] in texts else entry
    # the end of a file without a final newline is told one line too low
    count = texts.get(file, "").count("\n") + 1
    if found["line"] > count:
        last = line_at(texts.get(file, ""), count) or ""
        found = {**found, "line": count, "column": len(last) + 1}
    return error(
        "less/compile",
        str(found["message"]).strip().partition("\n")[0],
        location=Location(
            file=file,
            line=found["line"],
            column=found["column"],
            line_text=line_at(texts.get(file, ""), found["line"]),
        ),
    )


LESS = LessLanguage()
