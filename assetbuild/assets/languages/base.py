"""The protocol of a language: a source and its options in, an artifact out.

A language module is pure but for the files its import resolver reads and the compilers it calls
through engines/. It never writes, prints or hashes names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.imports import ImportSearch
from assetbuild.assets.model import Artifact, Source
from assetbuild.assets.tools.model import Tool
from assetbuild.jsontype import Json

__all__ = ["CompileRequest", "ImportSearch", "Language", "LanguageOption"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """One source to compile; picklable, because a pool of processes takes it."""

    source: Source  # what to compile
    content: bytes  # its bytes
    options: Mapping[str, Json]  # the language's options; absent ones have their default
    search: ImportSearch  # where imports are found
    wants_source_map: bool = True  # produce a source map when the language can
    tools: Mapping[str, Tool] = field(default_factory=dict)  # the compilers tool_names() asked for
    engine: str = "dukpy"  # resolved JavaScript engine: "dukpy", "node" or "v8"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageOption:
    """An option of a language, as [language.<name>] and a rule's options set it."""

    name: str  # kebab-case key
    default: Json  # value where nothing is configured; its type is the option's type
    doc: str  # one sentence
    choices: tuple[Json, ...] = ()  # allowed values; empty: any of the type


class Language(Protocol):
    """One module of assets/languages/. Instances are stateless and picklable."""

    @property
    def name(self) -> str:
        """Key in the registry and in the configuration."""

    @property
    def revision(self) -> int:
        """Bumped when the output of the same input changes."""

    @property
    def extensions(self) -> tuple[str, ...]:
        """Lower case, with the dot, may be double (".coffee.md"); empty: everything else."""

    @property
    def output_extension(self) -> str | None:
        """ ".css"; None: the source's own."""

    @property
    def options(self) -> tuple[LanguageOption, ...]:
        """What can be configured."""

    @property
    def holds_gil(self) -> bool:
        """Tell whether compile() blocks other threads, so that it wants a process."""

    @property
    def is_verbatim(self) -> bool:
        """Tell whether the bytes are copied as they are, so that compile() need not be called."""

    def is_partial(self, logical: str) -> bool:
        """Tell from its name whether the file exists only to be imported."""

    def find_imports(self, request: CompileRequest) -> tuple[str, ...]:
        """Return the absolute files that the source imports into its output, through all levels.

        Sorted; files that cannot be read or found are left out: compile() tells of them.
        """

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """Return the compilers this source needs ("typescript"), so that they are fetched first."""

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Compile one source. Errors: AssetbuildError with every diagnostic of the source."""
