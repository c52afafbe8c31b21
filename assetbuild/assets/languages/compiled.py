"""What a compiler answered, as a language's artifact; and the asking, where it wants files.

In: a request, the compiler's text and map. Out: an Artifact under the output's name.
Refuses to know: compilers.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assetbuild.assets.languages.asset_functions import expand_asset_functions
from assetbuild.assets.languages.base import CompileRequest, Language
from assetbuild.assets.languages.maps import clean_source_map
from assetbuild.assets.languages.names import name_output
from assetbuild.assets.model import Artifact, Dep
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error, sort_diagnostics
from assetbuild.media import guess_media_type

_MOST_ROUNDS = 50  # each asks for at least one new file; sources nest imports far less


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a compiler made of a source."""

    text: str  # the output, without a source map comment
    raw_map: str | bytes | None  # as the compiler wrote it; None: it wrote none
    texts: Mapping[str, str]  # text of each source, by our name
    deps: Sequence[Dep]  # the compiler among them
    display: Callable[[str], str] = str  # the map's name of a source -> ours
    diagnostics: Iterable[Diagnostic] = ()  # warnings, in any order


def make_artifact(language: Language, request: CompileRequest, made: Compiled) -> Artifact:
    """Return the artifact of a source: under its output's name, its map fit to leave the machine."""
    logical = name_output(language, request.source.logical)
    media_type = guess_media_type(logical)
    source_map = None
    if made.raw_map and request.wants_source_map:
        source_map = clean_source_map(
            made.raw_map, file=posixpath.basename(logical), display=made.display, texts=made.texts
        )
    text = expand_asset_functions(made.text) if media_type == "text/css" else made.text
    return Artifact(
        logical=logical,
        content=text.encode("utf-8"),
        media_type=media_type,
        deps=tuple(made.deps),
        source_map=source_map,
        diagnostics=sort_diagnostics(made.diagnostics),
    )


def ask_until_answered(
    ask: Callable[[], Any], supply: Callable[..., None], *, code: str, display: str
) -> Any:
    """Return the answer of a compiler that asks for the files only it can name.

    ``ask`` calls it; ``supply`` takes the parts of each need it tells. Errors: ``code`` where
    imports nest without end, for the source ``display``.
    """
    for _round in range(_MOST_ROUNDS):
        answer = ask()
        if "needs" not in answer:
            return answer
        for need in answer["needs"]:
            supply(*need)
    raise AssetbuildError(
        error(
            code,
            f"imports that only the compiler can name nest deeper than {_MOST_ROUNDS} levels",
            location=Location(file=display),
        )
    )
