"""The protocol of a language: a source and its options in, an artifact out.

A language module is pure but for the files its import resolver reads and the compilers it calls
through engines/ and process.py. It never writes, prints or hashes names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from assetbuild.assets.model import Artifact, Source
from assetbuild.jsontype import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSearch:
    """Where imports are looked for, in order: the importing file's folder, roots, packages."""

    project: str  # absolute project folder: deps and messages are relative to it
    roots: tuple[str, ...]  # absolute source roots, first wins
    load_paths: tuple[str, ...] = ()  # absolute configured folders, after the roots
    node_modules: tuple[str, ...] = ()  # absolute node_modules folders, nearest first


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """One source to compile; picklable, because a pool of processes takes it."""

    source: Source  # what to compile
    content: bytes  # its bytes
    options: Mapping[str, Json]  # the language's options, defaults applied
    search: ImportSearch  # where imports are found
    wants_source_map: bool = True  # produce a source map when the language can
    tools: Mapping[str, str] = field(
        default_factory=dict
    )  # compiler name -> absolute file or folder
    engine: str = "dukpy"  # resolved JavaScript engine: "dukpy", "node" or "v8"
    env: Mapping[str, str] = field(default_factory=dict)  # environment for child processes


class Language(Protocol):
    """One module of assets/languages/."""

    name: str  # key in the registry and in the configuration
    revision: int  # bumped when the output of the same input changes
    extensions: tuple[str, ...]  # ".scss": lower case, with the dot, may be double (".js.coffee")
    output_extension: str | None  # ".css"; None: the source's own
    holds_gil: bool  # compile() blocks other threads, so it wants a process

    def is_partial(self, logical: str) -> bool:
        """Tell whether the file exists only to be imported."""

    def tool_names(self, content: bytes, options: Mapping[str, Json]) -> tuple[str, ...]:
        """Return the compilers this source needs ("typescript"), so that they are fetched first."""

    def compile(self, request: CompileRequest) -> Artifact:
        """Compile one source. Errors: AssetbuildError with every diagnostic of the source."""
