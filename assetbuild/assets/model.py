"""The values of the asset graph (docs/explanation/architecture.md).

In: nothing. Out: frozen dataclasses that every module of assets/ passes on.
Refuses to know: disks, compilers, configuration files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from assetbuild.diagnostics import Diagnostic, Location
from assetbuild.paths import LogicalPath

PACKAGE_PREFIX = "pkg:"
"""Begins the path of a file inside node_modules, see FileDep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that the user wrote, under the name the app knows it by."""

    logical: LogicalPath  # as written below its root: "css/app.scss"
    file: str  # absolute path on this machine; never enters an output or a digest
    display: str  # path relative to the project, posix: what messages show
    language: str  # name in the registry: "scss", "raw"
    sha256: str  # of the bytes, 64 hex digits; "" until it was read
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class FileDep:
    """The step read this file: it runs again when the bytes change."""

    path: str  # "project-relative posix", or "pkg:<name>/<path>" inside node_modules
    sha256: str  # of the bytes


@dataclass(frozen=True, slots=True)
class AbsentDep:
    """The step looked here first and found nothing: it runs again when a file appears."""

    path: str  # as FileDep.path


@dataclass(frozen=True, slots=True)
class GlobDep:
    """The step expanded a pattern: it runs again when the set of names changes."""

    pattern: str  # project-relative glob
    names_digest: str  # digest of the sorted names


@dataclass(frozen=True, slots=True)
class ToolDep:
    """The step used a tool: it runs again with another version."""

    name: str  # "libsass", "typescript"
    version: str  # exact version


@dataclass(frozen=True, slots=True)
class OptionDep:
    """The step obeyed an option."""

    name: str  # dotted configuration key
    value: str  # canonical JSON


Dep: TypeAlias = "FileDep | AbsentDep | GlobDep | ToolDep | OptionDep"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginMap:
    """A source map that a source brought: what a third party made that file of."""

    data: bytes  # as the third party wrote it
    place: str  # path of the map, as FileDep.path: its sources are relative to it
    location: Location  # of the comment that names it
    contents: Mapping[str, str] = field(default_factory=dict)  # texts it lacks, by FileDep.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """What a language made of a source, before references are rewritten."""

    logical: LogicalPath  # name of the output before hashing: "css/app.css"
    content: bytes  # final of this step
    media_type: str  # without parameters
    deps: tuple[Dep, ...] = ()  # sorted, unique; everything that was read or looked for
    source_map: bytes | None = None  # JSON, revision 3, sources are project-relative posix paths
    verbatim: frozenset[str] = frozenset()  # sources of the map that are copied, see SourceMap
    origins: Mapping[str, OriginMap] = field(default_factory=dict)  # source -> the map it brought
    diagnostics: tuple[Diagnostic, ...] = ()  # warnings to replay on a cache hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A precompressed form of an artifact's bytes."""

    path: str  # hashed path of the variant: "css/app.3f2a….css.br"
    sha256: str  # of the compressed bytes
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """The same picture in another format or width; an output of its own."""

    logical: LogicalPath  # its entry: "img/hero.480w.avif"
    width: int  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What pages need to know of a picture."""

    width: int  # pixels, as it is shown
    height: int  # pixels, as it is shown
    siblings: tuple[Sibling, ...] = ()  # best format first, then by width


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestEntry:
    """One output, as manifest.json tells it."""

    logical: LogicalPath  # as the app writes it: "css/app.css"
    hashed: str  # as it is served, below the output folder: "css/app.3f2a….css"; == logical when unhashed
    sha256: str  # of the final bytes, 64 hex digits
    size: int  # bytes
    media_type: str  # without parameters
    integrity: str  # "sha384-…" for the HTML attribute
    variants: Mapping[str, Variant] = field(
        default_factory=dict
    )  # coding ("br", "gzip", "zstd") -> variant
    references: tuple[LogicalPath, ...] = ()  # other entries that these bytes name, sorted, unique
    picture: Picture | None = None  # of raster pictures whose size is known

    @property
    def is_hashed(self) -> bool:
        """Tell whether the name changes with the content (and so may be cached for ever)."""
        return self.hashed != self.logical


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All outputs of a build."""

    schema: int = 1  # version of the file format
    entries: Mapping[LogicalPath, ManifestEntry] = field(
        default_factory=dict
    )  # sorted by logical path
