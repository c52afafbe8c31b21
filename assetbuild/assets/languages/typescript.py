"""TypeScript, TSX and JSX, one file at a time; and JavaScript down-levelled on request.

In: a source. Out: an ES module or script for the target. Types are not checked: that is the
editor's and CI's ``tsc --noEmit``; syntax errors are errors here.
"""

from __future__ import annotations

import dataclasses
import re

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest, Language, LanguageOption
from assetbuild.assets.languages.compiled import Compiled, make_artifact
from assetbuild.assets.languages.names import option_of
from assetbuild.assets.languages.plain import ENCODING
from assetbuild.assets.languages.programs import typescript_program
from assetbuild.assets.languages.texts import decode_source
from assetbuild.assets.model import Artifact, ToolDep
from assetbuild.assets.sourcemaps.utf16 import count_characters
from assetbuild.diagnostics import AssetbuildError, error, locate_offset, sort_diagnostics

TARGETS = (
    "es5", "es2015", "es2016", "es2017", "es2018", "es2019", "es2020", "es2021", "es2022", "esnext"
)  # fmt: skip
TARGET = LanguageOption(
    name="target", default="es2017", doc="Oldest JavaScript to write.", choices=TARGETS
)
_JSX = {"react": "React", "automatic": "ReactJSX", "preserve": "Preserve"}
JSX = LanguageOption(
    name="jsx",
    default="react",
    doc="react calls jsx-factory; automatic imports jsx-import-source; preserve leaves JSX.",
    choices=tuple(_JSX),
)
FACTORY = LanguageOption(
    name="jsx-factory", default="React.createElement", doc="Function that JSX elements call."
)
FRAGMENT = LanguageOption(name="jsx-fragment", default="React.Fragment", doc="What <>…</> becomes.")
IMPORT_SOURCE = LanguageOption(
    name="jsx-import-source", default="react", doc='Package that jsx = "automatic" imports.'
)
DECORATORS = LanguageOption(
    name="experimental-decorators", default=False, doc="TypeScript's decorators of old."
)
SHARED_OPTIONS = (JSX, FACTORY, FRAGMENT, IMPORT_SOURCE, DECORATORS, ENCODING)
_MAP_COMMENT = re.compile(r"\n?//# sourceMappingURL=[^\n]*\s*\Z")


@dataclasses.dataclass(frozen=True)
class TypescriptLanguage:
    """What TypeScript's compiler turns into JavaScript."""

    name: str
    extensions: tuple[str, ...]
    output_extension: str | None = ".js"
    options: tuple[LanguageOption, ...] = (TARGET, *SHARED_OPTIONS)
    revision: int = 1
    holds_gil: bool = True
    is_verbatim: bool = False

    def is_partial(self, logical: str) -> bool:
        """See Language: declarations make no output."""
        return logical.endswith((".d.ts", ".d.mts", ".d.cts"))

    def find_imports(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language: a module's imports are references, not parts of it."""
        return ()

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return ("typescript",)

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Compile one file. Errors: ``typescript/syntax``, all of them; ``language/…``."""
        return transpile(
            request, host, target=str(option_of(request.options, TARGET)), language=self
        )


def transpile(
    request: CompileRequest, host: EngineHost, *, target: str, language: Language
) -> Artifact:
    """Turn one source into JavaScript of a target."""
    source = request.source
    text = decode_source(request.content, source.display, option_of(request.options, ENCODING))
    tool = request.tools["typescript"]
    answer = host.call(
        request.engine,
        typescript_program(tool),
        "assetbuildTypescript",
        {
            "text": text,
            "display": source.display,
            "target": {"esnext": "ESNext"}.get(target, target.upper()),
            "jsx": _JSX[str(option_of(request.options, JSX))],
            "jsxFactory": option_of(request.options, FACTORY),
            "jsxFragment": option_of(request.options, FRAGMENT),
            "jsxSource": option_of(request.options, IMPORT_SOURCE),
            "decorators": option_of(request.options, DECORATORS),
        },
        display=source.display,
    )
    if answer["errors"]:
        raise AssetbuildError(
            *sort_diagnostics(
                error(
                    "typescript/syntax",
                    one["message"],
                    location=locate_offset(
                        source.display, text, count_characters(text, one["offset"]), one["length"]
                    ),
                )
                for one in answer["errors"]
            )
        )
    return make_artifact(
        language,
        request,
        Compiled(
            text=_MAP_COMMENT.sub("\n", answer["js"]),
            raw_map=answer["map"],
            texts={source.display: text},
            deps=(ToolDep(tool.name, tool.version),),
            display=lambda _name: source.display,
        ),
    )


TYPESCRIPT = TypescriptLanguage("typescript", (".ts", ".tsx", ".mts", ".cts"))
JSX_LANGUAGE = TypescriptLanguage("jsx", (".jsx",))
