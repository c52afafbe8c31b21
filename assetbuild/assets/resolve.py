"""Which output a reference names: the resolver, pure.

In: the names of all outputs, a reference, the file it stands in. Out: the target and the suffix to
keep, or why there is none, with the nearest name. Refuses to know: disks, contents.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.syntax.reference import Reference
from assetbuild.assets.urls import is_bare_specifier, is_local, locate_url, relative_url
from assetbuild.diagnostics import Diagnostic, Location, error, warning
from assetbuild.paths import LogicalPath
from assetbuild.suggest import find_nearest

_FEW_PATHS = 2_000
_MODULE_KINDS = frozenset({"module", "dynamic-import"})
# what a module specifier may leave out, as TypeScript's and Node's resolution do
_MODULE_ENDINGS = (".js", ".mjs", "/index.js", "/index.mjs")


@dataclass(frozen=True, slots=True)
class Names:
    """The outputs of a build, ready to be asked."""

    outputs: frozenset[LogicalPath]  # logical paths of all outputs
    aliases: Mapping[LogicalPath, LogicalPath]  # source -> output: "css/a.scss" -> "css/a.css"
    folded: Mapping[str, LogicalPath]  # case-folded name -> an output or alias
    url_prefix: str | None  # "/assets/": absolute URLs below it are logical paths


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference names an output."""

    target: LogicalPath  # the output
    suffix: str  # "?query#fragment" to keep, may be empty


@dataclass(frozen=True, slots=True)
class External:
    """A reference names nothing of the build, and rightly: another host, a page, a package."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A reference should name an output, and there is none."""

    wanted: LogicalPath | None  # the logical path it means; None: it leads out of the roots
    nearest: LogicalPath | None  # the name most like it
    is_case_only: bool  # nearest differs in case alone


def index_names(
    outputs: Iterable[LogicalPath],
    *,
    aliases: Mapping[LogicalPath, LogicalPath] | None = None,
    url_prefix: str | None = None,
) -> Names:
    """Prepare the names of all outputs for resolve_reference."""
    known = frozenset(outputs)
    # a source that only imports reach has no output to be named
    others = {source: one for source, one in (aliases or {}).items() if one in known}
    folded = {one.casefold(): one for one in sorted(others, reverse=True)}
    folded.update({one.casefold(): one for one in sorted(known, reverse=True)})
    return Names(known, others, folded, url_prefix)


def resolve_reference(
    reference: Reference, owner: LogicalPath, names: Names, *, origin_folders: Sequence[str] = ()
) -> Resolved | External | Unresolved:
    """Return what a reference in the output ``owner`` names.

    It is looked up from the output's folder, then from each origin folder (logical folders of the
    partials it came from, by the source map). A difference of case is never a match.
    """
    url = reference.url
    if not is_local(url):
        return External()
    is_module = reference.kind in _MODULE_KINDS
    if is_module and is_bare_specifier(url):
        return External()
    if url.lstrip().startswith("/") and locate_url(url, "", url_prefix=names.url_prefix) is None:
        return External()
    wanted: LogicalPath | None = None
    for folder in dict.fromkeys((posixpath.dirname(owner), *origin_folders)):
        located = locate_url(url, folder, url_prefix=names.url_prefix)
        if located is None:
            continue
        path, suffix = located
        wanted = wanted or path
        for candidate in _candidates(path, is_module=is_module):
            target = candidate if candidate in names.outputs else names.aliases.get(candidate)
            if target is not None:
                return Resolved(target, suffix)
    # below "/" lie the app's own pages too
    is_page = names.url_prefix == "/" and url.lstrip().startswith("/")
    if reference.is_optional or is_page:
        return External()
    return _explain(wanted, names)


def _candidates(path: LogicalPath, *, is_module: bool) -> Iterable[LogicalPath]:
    yield path
    if is_module:
        for ending in _MODULE_ENDINGS:
            yield LogicalPath(path + ending)


def _explain(wanted: LogicalPath | None, names: Names) -> Unresolved:
    if wanted is None:
        return Unresolved(None, None, False)
    same = names.folded.get(wanted.casefold())
    if same is not None:
        return Unresolved(wanted, same, True)
    nearest = find_nearest_path(wanted, names.outputs)
    return Unresolved(wanted, None if nearest is None else LogicalPath(nearest), False)


def find_nearest_path(wanted: str, paths: Collection[str]) -> str | None:
    """Return the path most like one that is not there: of its folder, or its file name, first.

    A large tree has thousands of paths, and comparing each takes seconds: beyond _FEW_PATHS only
    these are looked at.
    """
    base, folder = posixpath.basename(wanted), posixpath.dirname(wanted)
    beside = [one for one in paths if posixpath.dirname(one) == folder]
    elsewhere = [one for one in paths if posixpath.basename(one) == base]
    nearest = find_nearest(wanted, beside) or min(elsewhere, default=None)
    if nearest is None and len(paths) <= _FEW_PATHS:
        nearest = find_nearest(wanted, paths)
    return nearest


def describe_unresolved(
    reference: Reference,
    owner: LogicalPath,
    found: Unresolved,
    *,
    location: Location,
    is_warning: bool = False,
) -> Diagnostic:
    """Return the diagnostic of a reference that names no output.

    A difference of case alone is an error even where missing files are let pass: such a build
    works on one machine and fails on the next.
    """
    url = reference.url
    hint = None
    if found.nearest is not None:
        hint = f'did you mean "{relative_url(found.nearest, owner)}"?'
    if found.is_case_only:
        return error(
            "reference/case",
            f'"{url}" differs from "{found.nearest}" in upper and lower case',
            location=location,
            hint=hint,
        )
    if reference.kind == "source-map":
        return tell_missing_map(url, location)
    message = f'cannot resolve "{url}"'
    if found.wanted is None:
        message += ": it leads out of the source folders"
    elif hint is None:
        hint = f'no output is named "{found.wanted}"'
    make = warning if is_warning else error
    if reference.kind in {"module", "dynamic-import", "new-url"}:
        return make("js/unresolved-import", message, location=location, hint=hint)
    if reference.kind in {"attribute", "srcset", "icon"}:
        return make("markup/unresolved-url", message, location=location, hint=hint)
    return make("css/unresolved-url", message, location=location, hint=hint)


def tell_missing_map(url: str, location: Location) -> Diagnostic:
    """Return the warning of a comment that names a source map which is not there."""
    return warning(
        "source-map/missing",
        f'the source map "{url}" is not there; the comment that names it was left out',
        location=location,
    )
