"""Find the sources below the roots.

In: roots and excludes. Out: the files by logical path, the first root winning, and every finding
about names and links. Refuses to know: what the files are.
"""

from __future__ import annotations

import filecmp
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.roots import Root, display_path
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    sort_diagnostics,
    warning,
)
from assetbuild.globs import Glob, match_any
from assetbuild.paths import LogicalPath
from assetbuild.walking import FoundFile, FoundFolder, ScannedTree, is_leaving, scan_tree

# file managers' leavings, and packages: never sources by being found
_NEVER = frozenset({"node_modules", "__pycache__", "Thumbs.db", "desktop.ini", "__MACOSX"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSource:
    """A file below a root, under its logical path."""

    logical: LogicalPath  # NFC
    display: str  # relative to the project, posix, in the spelling of the disk
    file: FoundFile  # where it is and what a stat says
    root: int  # index of its root


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What lies below the roots."""

    sources: Mapping[LogicalPath, FoundSource]  # sorted by logical path
    folders: tuple[FoundFolder, ...]  # every folder that was listed
    hidden: tuple[str, ...]  # absolute files that one of an earlier root hides, sorted
    diagnostics: tuple[Diagnostic, ...]  # warnings: shadowed files, dangling links


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoverRules:
    """What is not a source."""

    project: str  # absolute folder of the project
    output: str  # absolute output folder: never a source, wherever it lies
    exclude: tuple[Glob, ...] = ()  # of logical paths
    follows_links: bool = False  # links out of the roots are taken


def discover_sources(roots: Sequence[Root], rules: DiscoverRules) -> Discovery:
    """Return the sources of all roots.

    Errors, all at once: ``discover/link-outside``, ``discover/same-name`` (NFC and NFD),
    ``discover/case-clash``, ``discover/name-not-utf8``, ``discover/unreadable``.
    """
    reals = [os.path.realpath(root.path) for root in roots]
    output = os.path.realpath(rules.output)
    found: dict[LogicalPath, FoundSource] = {}
    folders: list[FoundFolder] = []
    hidden: list[str] = []
    problems: list[Diagnostic] = []

    def follows(real: str) -> bool:
        return rules.follows_links or any(
            real == one or real.startswith(one + os.sep) for one in reals
        )

    def skip(relative: str, path: str) -> bool:
        name = relative.rpartition("/")[2]
        if is_leaving(name) or name in _NEVER or (name.startswith("#") and name.endswith("#")):
            return True
        if path == rules.output or (path.endswith(os.path.basename(output)) and _is(path, output)):
            return True
        return bool(rules.exclude) and match_any(
            rules.exclude, unicodedata.normalize("NFC", relative)
        )

    for index, root in enumerate(roots):
        try:
            tree = scan_tree(root.path, skip=skip, follows=follows)
        except OSError as failure:
            problems.append(
                error(
                    "discover/unreadable",
                    f'cannot list the folder "{display_path(rules.project, str(failure.filename))}": {failure.strerror}',
                )
            )
            continue
        folders.extend(tree.folders)
        problems.extend(_tell_links(root, tree, rules))
        for file in tree.files:
            problem = _add_source(found, index, root, file, hidden)
            if problem is not None:
                problems.append(problem)
    problems.extend(_find_case_clashes(found))
    if any(one.is_error for one in problems):
        raise AssetbuildError(*sort_diagnostics(problems))
    return Discovery(
        sources=dict(sorted(found.items())),
        folders=tuple(folders),
        hidden=tuple(sorted(hidden)),
        diagnostics=sort_diagnostics(problems),
    )


def _is(path: str, output: str) -> bool:
    return os.path.realpath(path) == output


def _add_source(
    found: dict[LogicalPath, FoundSource],
    index: int,
    root: Root,
    file: FoundFile,
    hidden: list[str],
) -> Diagnostic | None:
    display = f"{root.display}/{file.relative}" if root.display != "." else file.relative
    try:
        file.relative.encode()
    except UnicodeEncodeError:
        shown = file.relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return error(
            "discover/name-not-utf8",
            f'the name of "{root.display}/{shown}" is not UTF-8',
            hint="rename the file",
        )
    logical = LogicalPath(unicodedata.normalize("NFC", file.relative))
    source = FoundSource(logical=logical, display=display, file=file, root=index)
    other = found.setdefault(logical, source)
    if other is source:
        return None
    if other.root == index:
        return error(
            "discover/same-name",
            f'two files are named "{logical}", once composed (NFC) and once decomposed (NFD)',
            location=Location(file=display),
            hint="remove one of them",
        )
    hidden.append(file.path)
    if _holds_the_same(other.file, file):
        return None  # a copy hides nothing: collectstatic copies the apps' own files too
    return warning(
        "discover/shadowed",
        f'"{other.display}" hides this file: its root comes first',
        location=Location(file=display),
    )


def _holds_the_same(one: FoundFile, other: FoundFile) -> bool:
    try:
        return one.size == other.size and filecmp.cmp(one.path, other.path, shallow=False)
    except OSError:
        return False


def _tell_links(root: Root, tree: ScannedTree, rules: DiscoverRules) -> list[Diagnostic]:
    told = []
    for link in tree.links:
        where = Location(file=f"{root.display}/{link.relative}")
        target = display_path(rules.project, link.target)
        if link.is_dangling:
            told.append(
                warning(
                    "discover/dangling-link",
                    f'the symlink leads to "{target}", where nothing is; it is left out',
                    location=where,
                )
            )
        else:
            told.append(
                error(
                    "discover/link-outside",
                    f'the symlink leads to "{target}", outside of the source roots',
                    location=where,
                    hint='add that folder to [assets] roots, or write symlinks = "follow"',
                )
            )
    return told


def _find_case_clashes(found: Mapping[LogicalPath, FoundSource]) -> list[Diagnostic]:
    """Tell names, of files or folders, that are one on a case-insensitive disk."""
    seen: dict[str, str] = {}
    told: dict[str, Diagnostic] = {}
    for logical, source in sorted(found.items()):
        parts = logical.split("/")
        for count in range(len(parts), 0, -1):
            name = "/".join(parts[:count])
            other = seen.get(name.casefold())
            if other is None:
                seen[name.casefold()] = name
            elif other == name:
                break  # this folder and those above were checked with an earlier file
            else:
                told.setdefault(
                    name,
                    error(
                        "discover/case-clash",
                        f'"{name}" and "{other}" differ only in case: on macOS and Windows they are one',
                        location=Location(file=source.display),
                        hint="rename one of them",
                    ),
                )
    return list(told.values())
