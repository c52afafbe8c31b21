"""Text that needs no compiler: decoded, its byte order mark removed, written as UTF-8.

In: CSS, JavaScript or SVG as the user wrote it. Out: the same text; line ends are kept.
"""

from __future__ import annotations

import dataclasses
import re

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.asset_functions import tell_asset_functions
from assetbuild.assets.languages.base import CompileRequest, LanguageOption
from assetbuild.assets.languages.names import option_of
from assetbuild.assets.languages.texts import decode_source
from assetbuild.assets.model import Artifact
from assetbuild.assets.sprites.marks import move_marks
from assetbuild.diagnostics import AssetbuildError, Diagnostic, sort_diagnostics
from assetbuild.media import guess_media_type

ENCODING = LanguageOption(
    name="encoding", default="utf-8", doc="Encoding of the source; the output is always UTF-8."
)
# CSS Syntax 3, section 3.2: these bytes exactly, or it is no @charset
_CHARSET = re.compile(rb'@charset "([^"\x00-\x1f\x7f-\xff]{1,40})";')


@dataclasses.dataclass(frozen=True)
class PlainLanguage:
    """A language that browsers read as it is."""

    name: str
    extensions: tuple[str, ...]
    revision: int = 1
    output_extension: str | None = None
    options: tuple[LanguageOption, ...] = (ENCODING,)
    holds_gil: bool = False
    is_verbatim: bool = False

    def is_partial(self, logical: str) -> bool:
        """See Language."""
        return False

    def find_imports(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language: @import of plain CSS is a reference, inlined or rewritten later."""
        return ()

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return ()

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Return the text as UTF-8. Errors: ``language/not-utf8``, ``sprite/bad-mark``, ``css/asset-function``."""
        source = request.source
        data = request.content
        encoding = option_of(request.options, ENCODING)
        if self.name == "css":
            charset = _CHARSET.match(data)
            if charset is not None:
                # what the file says beats the default, and the output is what it then says
                encoding = charset.group(1).decode("ascii")
                if str(encoding).lower() != "utf-8":
                    data = data[charset.end() :]
        text = decode_source(data, source.display, encoding)
        told: tuple[Diagnostic, ...] = ()
        if self.name == "css":
            marked = move_marks(text, source.display)
            problems = (*marked.diagnostics, *tell_asset_functions(text, source.display))
            if any(one.is_error for one in problems):
                raise AssetbuildError(*sort_diagnostics(problems))
            text, told = marked.text, marked.diagnostics
        return Artifact(
            logical=source.logical,
            content=text.encode("utf-8"),
            media_type=guess_media_type(source.logical),
            diagnostics=told,
        )
