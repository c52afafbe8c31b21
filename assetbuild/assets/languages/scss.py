"""SCSS and indented Sass: libsass, or Dart Sass where a source needs it.

In: a source. Out: CSS. @use, @forward and with them the sass: modules are found before any
compiler is called, because libsass copies them into the CSS and reports success.
"""

from __future__ import annotations

import posixpath
from typing import Literal

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest, LanguageOption
from assetbuild.assets.languages.compiled import Compiled, make_artifact
from assetbuild.assets.languages.libsass import (
    BROKEN_LIBSASS,
    LibsassFailure,
    compile_libsass,
    find_libsass_failure,
)
from assetbuild.assets.languages.names import option_of
from assetbuild.assets.languages.plain import ENCODING
from assetbuild.assets.languages.sass_graph import SassGraph, read_sass_graph
from assetbuild.assets.model import Artifact, Dep
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    sort_diagnostics,
    warning,
)

IMPLEMENTATION = LanguageOption(
    name="implementation",
    default="auto",
    doc="Sass compiler; auto: Dart Sass for sources with @use or @forward, and where libsass is not "
    "installed or does not load; else libsass.",
    choices=("auto", "libsass", "dart-sass"),
)
PRECISION = LanguageOption(
    name="precision",
    default=10,
    doc="Digits after the decimal point that libsass keeps; Dart Sass always keeps 10.",
)
# either key may have said it: [assets] sass, or the option of the language or a rule
_HINT = 'remove sass = "libsass" or implementation = "libsass": auto takes Dart Sass here'
_REINSTALL = "pip install --force-reinstall libsass"


class ScssLanguage:
    """Both syntaxes of Sass."""

    name = "scss"
    revision = 3
    extensions: tuple[str, ...] = (".scss", ".sass")
    output_extension = ".css"
    options: tuple[LanguageOption, ...] = (IMPLEMENTATION, PRECISION, ENCODING)
    holds_gil = True  # the importers call back into Python
    is_verbatim = False

    def is_partial(self, logical: str) -> bool:
        """See Language: Sass never makes CSS of _name.scss."""
        return posixpath.basename(logical).startswith("_")

    def find_imports(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return _read_graph(request).files

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        compiler, _ = _choose_compiler(request, _read_graph(request))
        return ("dart-sass",) if compiler == "dart-sass" else ()

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Compile one entry. Errors: ``sass/…``, ``import/…``, ``language/…``."""
        graph = _read_graph(request)
        if graph.problems:
            raise AssetbuildError(*sort_diagnostics(graph.problems))
        deps: list[Dep] = []
        compiler, failure = _choose_compiler(request, graph)
        if compiler == "dart-sass":
            # its protocol takes a dozen modules that most sources do not need
            from assetbuild.assets.languages.dart_sass import compile_dart_sass

            output = compile_dart_sass(
                graph,
                tool=request.tools["dart-sass"],
                host=host,
                engine=request.engine,
                wants_source_map=request.wants_source_map,
            )
            if failure is not None and failure.is_broken:
                deps.append(BROKEN_LIBSASS)
                graph.warnings.append(
                    # of no place: it is told once, however many sources there are
                    warning(
                        "sass/no-libsass",
                        f"{failure.reason}; Dart Sass compiled in its place",
                        hint=_REINSTALL,
                    )
                )
        else:
            problem = _find_problem(request, graph, failure)
            if problem is not None:
                raise AssetbuildError(problem)
            precision = option_of(request.options, PRECISION)
            assert isinstance(precision, int)
            output = compile_libsass(
                graph, precision=precision, wants_source_map=request.wants_source_map
            )
        search = request.search
        return make_artifact(
            self,
            request,
            Compiled(
                text=output.css,
                raw_map=output.source_map,
                texts={search.display(path): text for path, text in graph.texts.items()},
                deps=(*graph.log.deps(), output.tool, *deps),
                display=output.display,
                diagnostics=(*graph.warnings, *output.warnings),
            ),
        )


def _read_graph(request: CompileRequest) -> SassGraph:
    return read_sass_graph(
        request.source.file,
        request.content,
        request.search,
        encoding=option_of(request.options, ENCODING),
    )


def _choose_compiler(
    request: CompileRequest, graph: SassGraph
) -> tuple[Literal["libsass", "dart-sass"], LibsassFailure | None]:
    """Return the compiler of a graph, and why libsass cannot be used where it was to be."""
    wanted = option_of(request.options, IMPLEMENTATION)
    needs_dart = graph.first_module is not None or graph.has_indented_marks
    if wanted == "dart-sass" or (wanted == "auto" and needs_dart):
        return "dart-sass", None
    failure = find_libsass_failure()
    return "dart-sass" if wanted == "auto" and failure is not None else "libsass", failure


def _find_problem(
    request: CompileRequest, graph: SassGraph, failure: LibsassFailure | None
) -> Diagnostic | None:
    """Return why libsass, which is configured, cannot compile a graph."""
    if graph.first_module is not None:
        return error(
            "sass/needs-dart-sass",
            "the source uses Sass modules, which libsass does not have",
            location=graph.first_module,
            hint=_HINT,
        )
    if failure is not None:
        hint = f"{_REINSTALL}; or {_HINT}" if failure.is_broken else _HINT
        return error("sass/no-libsass", failure.reason, hint=hint)
    if graph.has_indented_marks:
        return error(
            "sass/needs-dart-sass",
            "an indented source marks pictures for a sprite; libsass reads it by itself and drops the marks",
            location=Location(file=request.source.display),
            hint=_HINT,
        )
    return None


SCSS = ScssLanguage()
