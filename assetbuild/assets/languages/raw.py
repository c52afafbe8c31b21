"""Everything that is no language: images, fonts, JSON, wasm; copied as it is."""

from __future__ import annotations

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest, LanguageOption
from assetbuild.assets.model import Artifact
from assetbuild.media import guess_media_type


class RawLanguage:
    """Copies bytes."""

    name = "raw"
    revision = 1
    extensions: tuple[str, ...] = ()
    output_extension = None
    options: tuple[LanguageOption, ...] = ()
    holds_gil = False
    is_verbatim = True

    def is_partial(self, logical: str) -> bool:
        """See Language."""
        return False

    def find_imports(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return ()

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return ()

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Return the bytes as they are."""
        logical = request.source.logical
        return Artifact(
            logical=logical, content=request.content, media_type=guess_media_type(logical)
        )


RAW = RawLanguage()
