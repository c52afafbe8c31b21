"""A step's result: bytes that still name other files by their logical paths.

In: artifacts. Out: values that cross process pools and the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assetbuild.assets.cache import CachedResult
from assetbuild.assets.diagnostic_rows import pack_diagnostic, unpack_diagnostic
from assetbuild.assets.model import Dep
from assetbuild.assets.syntax.reference import Reference
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location
from assetbuild.jsontype import Json
from assetbuild.paths import LogicalPath


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReference:
    """A reference in the final text, and where the user wrote it."""

    reference: Reference  # span in the content
    file: str  # project-relative source that says it
    line: int  # 1-based
    column: int  # 1-based


def locate_reference(item: FoundReference, url: str, line_text: str | None) -> Location:
    """Return where a URL stands in the line it was written in; None: the line is not known."""
    column, length = item.column, len(item.reference.url)
    if line_text is not None:
        # the place by a source map may be the rule's start, and a bundle moves relative URLs:
        # point at the URL itself, or at its last part
        for text in (url, url.rpartition("/")[2]):
            at = line_text.find(text, column - 1)
            at = at if at >= 0 else line_text.find(text)
            if text and at >= 0:
                column, length = at + 1, len(text)
                break
    return Location(
        file=item.file, line=item.line, column=column, length=length, line_text=line_text
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An output whose references are not rewritten yet."""

    logical: LogicalPath  # of the output
    content: bytes  # compiled, joined, minified
    media_type: str  # without parameters
    source_map: bytes | None  # of content, without hashed names
    references: tuple[FoundReference, ...]  # in order
    deps: tuple[Dep, ...]  # all that was read or looked for
    diagnostics: tuple[Diagnostic, ...]  # warnings
    has_directives: bool = False  # its source joins others by Sprockets' directives


def may_join(one: Prepared) -> bool:
    """Tell whether an output joins others: by directives in its source, or by @import of CSS."""
    return one.has_directives or any(item.reference.kind == "import" for item in one.references)


class PartlyPrepared(AssetbuildError):
    """Some sources have errors; the others are prepared."""

    def __init__(self, *diagnostics: Diagnostic, done: Mapping[LogicalPath, Prepared]) -> None:
        """Keep the errors, and what was made all the same."""
        super().__init__(*diagnostics)
        self.done = done


def to_cached(one: Prepared) -> CachedResult:
    """Return the form that the cache keeps."""
    blobs = {"content": one.content}
    if one.source_map is not None:
        blobs["map"] = one.source_map
    meta: dict[str, Json] = {
        "type": one.media_type,
        "directives": one.has_directives,
        "references": [
            [
                found.reference.start,
                found.reference.end,
                found.reference.url,
                found.reference.kind,
                found.reference.form,
                found.reference.is_optional,
                found.file,
                found.line,
                found.column,
            ]
            for found in one.references
        ],
        "diagnostics": [pack_diagnostic(item) for item in one.diagnostics],
    }
    return CachedResult(deps=one.deps, meta=meta, blobs=blobs)


def from_cached(logical: LogicalPath, cached: CachedResult) -> Prepared:
    """Return what to_cached was given."""
    meta: Mapping[str, Any] = cached.meta if isinstance(cached.meta, dict) else {}
    return Prepared(
        logical=logical,
        content=cached.blobs["content"],
        media_type=meta["type"],
        has_directives=meta["directives"],
        source_map=cached.blobs.get("map"),
        references=tuple(
            FoundReference(reference=Reference(*row[:6]), file=row[6], line=row[7], column=row[8])
            for row in meta["references"]
        ),
        deps=cached.deps,
        diagnostics=tuple(unpack_diagnostic(item) for item in meta["diagnostics"]),
    )
