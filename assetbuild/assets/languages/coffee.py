"""CoffeeScript 2 and 1, and their literate forms."""

from __future__ import annotations

import posixpath

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest, LanguageOption
from assetbuild.assets.languages.compiled import Compiled, make_artifact
from assetbuild.assets.languages.names import name_output, option_of
from assetbuild.assets.languages.plain import ENCODING
from assetbuild.assets.languages.programs import coffee_program
from assetbuild.assets.languages.texts import decode_source, line_at
from assetbuild.assets.model import Artifact, ToolDep
from assetbuild.diagnostics import AssetbuildError, Location, error

VERSION = LanguageOption(
    name="version", default="2", doc="CoffeeScript version.", choices=("1", "2")
)
BARE = LanguageOption(
    name="bare", default=False, doc="Leave out the function that wraps each file."
)
_LITERATE = (".litcoffee", ".coffee.md")


class CoffeeLanguage:
    """CoffeeScript."""

    name = "coffee"
    revision = 1
    extensions: tuple[str, ...] = (".coffee", *_LITERATE)
    output_extension = ".js"
    options: tuple[LanguageOption, ...] = (VERSION, BARE, ENCODING)
    holds_gil = True
    is_verbatim = False

    def is_partial(self, logical: str) -> bool:
        """See Language."""
        return False

    def find_imports(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return ()

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        is_first = option_of(request.options, VERSION) == "1"
        return ("coffeescript-1" if is_first else "coffeescript",)

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Compile one file. Errors: ``coffee/syntax``, ``language/…``."""
        source = request.source
        text = decode_source(request.content, source.display, option_of(request.options, ENCODING))
        tool = request.tools[self.tool_names(request)[0]]
        # the compilers take \r\n for a stray character in some places
        unix = text.replace("\r\n", "\n")
        answer = host.call(
            request.engine,
            coffee_program(tool),
            "assetbuildCoffee",
            {
                "text": unix,
                "display": source.display,
                "file": posixpath.basename(name_output(self, source.logical)),
                "bare": option_of(request.options, BARE),
                "literate": source.logical.lower().endswith(_LITERATE),
            },
            display=source.display,
        )
        if "error" in answer:
            found = answer["error"]
            raise AssetbuildError(
                error(
                    "coffee/syntax",
                    found["message"],
                    location=Location(
                        file=source.display,
                        line=found["line"],
                        column=found["column"],
                        length=found["length"],
                        line_text=line_at(unix, found["line"]),
                    ),
                )
            )
        return make_artifact(
            self,
            request,
            Compiled(
                text=answer["js"],
                raw_map=answer["map"],
                texts={source.display: text},
                deps=(ToolDep(tool.name, tool.version),),
                display=lambda _name: source.display,
            ),
        )


COFFEE = CoffeeLanguage()
