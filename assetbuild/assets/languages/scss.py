"""SCSS and indented Sass: libsass, or Dart Sass where a source needs it.

In: a source. Out: CSS. @use, @forward and with them the sass: modules are found before any
compiler is called, because libsass copies them into the CSS and reports success.
"""

from __future__ import annotations

import posixpath

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest, LanguageOption
from assetbuild.assets.languages.compiled import Compiled, make_artifact
from assetbuild.assets.languages.libsass import compile_libsass, has_libsass
from assetbuild.assets.languages.names import option_of
from assetbuild.assets.languages.plain import ENCODING
from assetbuild.assets.languages.sass_graph import SassGraph, read_sass_graph
from assetbuild.assets.model import Artifact
from assetbuild.diagnostics import AssetbuildError, Location, error, sort_diagnostics

IMPLEMENTATION = LanguageOption(
    name="implementation",
    default="auto",
    doc="Sass compiler; auto: Dart Sass for sources with @use or @forward, and where libsass is not "
    "installed; else libsass.",
    choices=("auto", "libsass", "dart-sass"),
)
PRECISION = LanguageOption(
    name="precision",
    default=10,
    doc="Digits after the decimal point that libsass keeps; Dart Sass always keeps 10.",
)
# either key may have said it: [assets] sass, or the option of the language or a rule
_HINT = 'remove sass = "libsass" or implementation = "libsass": auto takes Dart Sass here'


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
        return ("dart-sass",) if _needs_dart_sass(request, _read_graph(request)) else ()

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Compile one entry. Errors: ``sass/…``, ``import/…``, ``language/…``."""
        graph = _read_graph(request)
        if graph.problems:
            raise AssetbuildError(*sort_diagnostics(graph.problems))
        if _needs_dart_sass(request, graph):
            # its protocol takes a dozen modules that most sources do not need
            from assetbuild.assets.languages.dart_sass import compile_dart_sass

            output = compile_dart_sass(
                graph,
                tool=request.tools["dart-sass"],
                host=host,
                engine=request.engine,
                wants_source_map=request.wants_source_map,
            )
        elif graph.first_module is not None:
            raise AssetbuildError(
                error(
                    "sass/needs-dart-sass",
                    "the source uses Sass modules, which libsass does not have",
                    location=graph.first_module,
                    hint=_HINT,
                )
            )
        elif not has_libsass():
            raise AssetbuildError(
                error(
                    "sass/no-libsass",
                    "libsass is not installed: no wheel fits this machine, and it could not be built",
                    hint=_HINT,
                )
            )
        elif graph.has_indented_marks:
            raise AssetbuildError(
                error(
                    "sass/needs-dart-sass",
                    "an indented source marks pictures for a sprite; libsass reads it by itself and drops the marks",
                    location=Location(file=request.source.display),
                    hint=_HINT,
                )
            )
        else:
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
                deps=(*graph.log.deps(), output.tool),
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


def _needs_dart_sass(request: CompileRequest, graph: SassGraph) -> bool:
    wanted = option_of(request.options, IMPLEMENTATION)
    needs = graph.first_module is not None or graph.has_indented_marks or not has_libsass()
    return wanted == "dart-sass" or (wanted == "auto" and needs)


SCSS = ScssLanguage()
