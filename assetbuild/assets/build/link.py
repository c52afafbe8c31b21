"""Resolve every reference and give every output its name.

In: prepared texts, digests of files copied as they are. Out: named outputs with final bytes, or
every reference that leads nowhere. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from assetbuild.assets.build.prepared import FoundReference, Prepared, locate_reference
from assetbuild.assets.naming import Link, Named, Node, name_outputs
from assetbuild.assets.resolve import (
    External,
    Names,
    Resolved,
    Unresolved,
    describe_unresolved,
    resolve_reference,
)
from assetbuild.assets.sprites.marks import split_mark
from assetbuild.diagnostics import AssetbuildError, Diagnostic, sort_diagnostics
from assetbuild.paths import LogicalPath

# the whole comment that names a source map, up to and with its end
_MAP_COMMENT = re.compile(r"(/\*|//)\s*[#@]\s*sourceMappingURL=$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """How references are resolved and outputs named."""

    form: str  # of hashed names
    hash_length: int  # hex digits
    url: str  # where the output folder is served, with a final slash
    is_unhashed: Callable[[LogicalPath], bool]  # keeps its logical path as its name
    is_tolerant: Callable[[LogicalPath], bool]  # an unresolved reference is only a warning
    line_of: Callable[[str, int], str | None]  # file, 1-based line -> its text
    folder_of: Callable[[str], str | None]  # project-relative source -> its logical folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Every output, named."""

    named: Mapping[LogicalPath, Named]  # sorted
    references: Mapping[LogicalPath, tuple[LogicalPath, ...]]  # owner -> targets, sorted, unique
    told: Mapping[LogicalPath, tuple[Diagnostic, ...]]  # owner -> warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What the references of one output came to."""

    node: Node  # content and links
    diagnostics: tuple[Diagnostic, ...]  # errors and warnings


def resolve_output(one: Prepared, names: Names, rules: LinkRules, *, pictures: Names) -> Resolution:
    """Resolve the references of an output; a comment that names a map that is not there goes.

    ``pictures`` are what a reference marked for a sprite may name.
    """
    links: list[Link] = []
    found: list[Diagnostic] = []
    dropped: list[FoundReference] = []
    for item in one.references:
        folder = rules.folder_of(item.file)
        answer = resolve_reference(
            item.reference,
            one.logical,
            names if split_mark(item.reference.url)[1] is None else pictures,
            origin_folders=() if folder is None else (folder,),
        )
        if isinstance(answer, Resolved):
            links.append(Link(reference=item.reference, target=answer.target, suffix=answer.suffix))
        elif isinstance(answer, Unresolved):
            if item.reference.kind == "source-map":
                dropped.append(item)
            found.append(_describe(item, one.logical, answer, rules))
        else:
            assert isinstance(answer, External)
    content = one.content
    if dropped:
        content, links = _drop_comments(content, dropped, links)
    node = Node(
        logical=one.logical,
        content=content,
        links=tuple(links),
        is_hashed=not rules.is_unhashed(one.logical),
    )
    return Resolution(node=node, diagnostics=tuple(found))


def make_plain_nodes(
    digests: Mapping[LogicalPath, str], maps: Mapping[LogicalPath, Prepared], rules: LinkRules
) -> dict[LogicalPath, Node]:
    """Return the nodes of what names nothing: files known by their digest, and source maps."""
    nodes = {
        name: Node(logical=name, sha256=sha256, is_hashed=not rules.is_unhashed(name))
        for name, sha256 in digests.items()
    }
    for name, one in maps.items():
        nodes[name] = Node(
            logical=name,
            content=one.source_map,
            map_of=one.logical,
            is_hashed=not rules.is_unhashed(one.logical),
        )
    return nodes


def _describe(
    item: FoundReference, owner: LogicalPath, answer: Unresolved, rules: LinkRules
) -> Diagnostic:
    reference = replace(item.reference, url=split_mark(item.reference.url)[0])
    location = locate_reference(item, reference.url, rules.line_of(item.file, item.line))
    return describe_unresolved(
        reference,
        owner,
        answer,
        location=location,
        is_warning=rules.is_tolerant(owner),
    )


def _drop_comments(
    content: bytes, dropped: Iterable[FoundReference], links: list[Link]
) -> tuple[bytes, list[Link]]:
    text = content.decode("utf-8")
    for item in sorted(dropped, key=lambda one: -one.reference.start):
        match = _MAP_COMMENT.search(text[: item.reference.start])
        if match is None:
            continue
        start = match.start()
        if match.group(1) == "/*":
            end = text.find("*/", item.reference.end)
            end = len(text) if end < 0 else end + 2
        else:
            end = text.find("\n", item.reference.end)
            end = len(text) if end < 0 else end
        text = text[:start] + text[end:]
        links = [_move(link, start, end) for link in links]
    return text.encode("utf-8"), links


def _move(link: Link, start: int, end: int) -> Link:
    one = link.reference
    if one.start < start:
        return link
    by = end - start
    return replace(link, reference=replace(one, start=one.start - by, end=one.end - by))


def link_outputs(
    nodes: Mapping[LogicalPath, Node],
    resolutions: Iterable[Resolution],
    rules: LinkRules,
    *,
    taken: Mapping[str, str],
    known: Mapping[LogicalPath, str],
) -> Linked:
    """Name all outputs: ``nodes`` that name nothing, and those that were resolved.

    ``taken`` and ``known`` as name_outputs has them. Errors: all unresolved references at once.
    """
    every = dict(nodes)
    told: dict[LogicalPath, tuple[Diagnostic, ...]] = {}
    for one in resolutions:
        every[one.node.logical] = one.node
        if one.diagnostics:
            told[one.node.logical] = one.diagnostics
    found = [item for some in told.values() for item in some]
    if any(one.is_error for one in found):
        raise AssetbuildError(*sort_diagnostics(found))
    named = name_outputs(
        every,
        form=rules.form,
        hash_length=rules.hash_length,
        taken=taken,
        known=known,
        url=rules.url,
    )
    return Linked(
        named=named,
        references={
            one.logical: tuple(sorted({link.target for link in one.links}))
            for one in every.values()
            if one.links
        },
        told=told,
    )
