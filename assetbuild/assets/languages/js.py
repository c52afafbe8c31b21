"""JavaScript: as it is, or down-levelled by TypeScript's compiler where a target is configured."""

from __future__ import annotations

import dataclasses

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest, LanguageOption
from assetbuild.assets.languages.names import option_of
from assetbuild.assets.languages.plain import PlainLanguage
from assetbuild.assets.languages.typescript import SHARED_OPTIONS, TARGETS, transpile
from assetbuild.assets.model import Artifact

TARGET = LanguageOption(
    name="target",
    default="none",
    doc="Oldest JavaScript to write; none: the source stays as it is.",
    choices=("none", *TARGETS),
)


@dataclasses.dataclass(frozen=True)
class JavascriptLanguage(PlainLanguage):
    """JavaScript."""

    options: tuple[LanguageOption, ...] = (TARGET, *SHARED_OPTIONS)

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return () if option_of(request.options, TARGET) == "none" else ("typescript",)

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Return the script for its target. Errors: ``typescript/syntax``, ``language/…``."""
        target = str(option_of(request.options, TARGET))
        if target == "none":
            return PlainLanguage.compile(self, request, host)
        return transpile(request, host, target=target, language=self)


JAVASCRIPT = JavascriptLanguage("js", (".js", ".mjs", ".cjs"))
