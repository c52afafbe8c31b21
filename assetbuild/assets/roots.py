"""Where sources are: the configured roots, or the usual ones that exist.

In: a project folder and its configuration. Out: roots in order; the first wins.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.suggest import find_nearest

USUAL_ROOTS = ("assets", "static", "app/assets", "src/assets")
_RAILS_KINDS = ("images", "stylesheets", "javascripts")
_RAILS_PLACES = ("app/assets", "lib/assets", "vendor/assets")
# app/assets/config holds Sprockets' manifest.js, which is no asset
_RAILS_NO_ROOT = frozenset({"config"})
_DJANGO_DEPTH = 4  # folders below manage.py in which apps are looked for
GENERATED = ".assetbuild/generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A folder of sources."""

    path: str  # absolute
    display: str  # relative to the project, posix: what messages and dependencies show


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRoots:
    """The roots, and what would change them."""

    roots: tuple[Root, ...]  # in order, first wins; never empty
    looked_at: tuple[str, ...]  # absolute folders whose listing decided; sorted


def find_roots(config: Config) -> FoundRoots:
    """Return the source roots of a project.

    Errors: ``discover/no-roots`` (nothing configured, nothing usual there),
    ``discover/missing-root`` (a configured one is not a folder), ``discover/output-is-root``.
    """
    project = str(config.project)
    looked_at: set[str] = {project}
    names = list(config.assets.roots) or list(_usual_names(project, looked_at))
    problems = [
        _tell_missing(config, name)
        for name in names
        if not os.path.isdir(os.path.join(project, name))
    ]
    if not names:
        problems.append(
            error(
                "discover/no-roots",
                "there is no source folder here: looked for "
                + ", ".join(f'"{one}/"' for one in USUAL_ROOTS),
                hint='write where sources are: [assets] roots = ["…"] in assetbuild.toml',
            )
        )
    output = os.path.realpath(os.path.join(project, config.assets.output))
    for name in names:
        real = os.path.realpath(os.path.join(project, name))
        if real == output or real.startswith(output.rstrip(os.sep) + os.sep):
            problems.append(
                error(
                    "discover/output-is-root",
                    f'the source root "{name}" is the output folder "{config.assets.output}", or inside it',
                    hint="choose another [assets] output",
                )
            )
    if problems:
        raise AssetbuildError(*problems)
    roots: dict[str, Root] = {}
    for name in names:
        path = os.path.normpath(os.path.join(project, name))
        roots.setdefault(path, Root(path=path, display=display_path(project, path)))
    return FoundRoots(roots=tuple(roots.values()), looked_at=tuple(sorted(looked_at)))


def display_path(project: str, path: str) -> str:
    """Return how messages and dependencies name a file: relative to the project, posix."""
    if path.startswith(project + os.sep):
        return path[len(project) + 1 :].replace(os.sep, "/")
    return os.path.relpath(path, project).replace(os.sep, "/")


def _tell_missing(config: Config, name: str) -> Diagnostic:
    project = str(config.project)
    parent, _, last = os.path.normpath(name).replace(os.sep, "/").rpartition("/")
    folder = os.path.join(project, parent)
    names = os.listdir(folder) if os.path.isdir(folder) else []
    nearest = find_nearest(last, (one for one in names if os.path.isdir(f"{folder}/{one}")))
    hint = f"make it: mkdir -p {name}; or take it out of [assets] roots"
    if os.path.isfile(os.path.join(project, "manage.py")):
        hint += "; STATIC_ROOT is made by: python manage.py collectstatic --noinput"
    if nearest:
        hint = f'did you mean "{parent}/{nearest}"?'.replace('"/', '"')
    return error("discover/missing-root", f'the source root "{name}" is not a folder', hint=hint)


def _usual_names(project: str, looked_at: set[str]) -> Iterator[str]:
    is_rails = any(os.path.isdir(f"{project}/app/assets/{one}") for one in _RAILS_KINDS)
    for name in USUAL_ROOTS:
        if name == "app/assets" and is_rails:
            for place in _RAILS_PLACES:
                folder = f"{project}/{place}"
                if os.path.isdir(folder):
                    looked_at.add(folder)
                    for one in sorted(os.listdir(folder)):
                        if one not in _RAILS_NO_ROOT and os.path.isdir(f"{folder}/{one}"):
                            yield f"{place}/{one}"
        elif os.path.isdir(f"{project}/{name}"):
            yield name
        looked_at.add(os.path.dirname(f"{project}/{name}"))
    if os.path.isfile(f"{project}/manage.py"):
        yield from _django_names(project, looked_at)
    elif not any(os.path.isdir(f"{project}/{one}") for one in USUAL_ROOTS):
        yield from _package_names(project, looked_at)


def _package_names(project: str, looked_at: set[str]) -> Iterator[str]:
    """Yield the static folder of each Python package here and below src/, as Flask's apps have it."""
    for place in ("", "src/"):
        folder = f"{project}/{place}"
        if not os.path.isdir(folder):
            continue
        looked_at.add(folder.rstrip("/"))
        for one in sorted(os.listdir(folder)):
            package = f"{folder}{one}"
            if os.path.isfile(f"{package}/__init__.py"):
                looked_at.add(package)
                if os.path.isdir(f"{package}/static"):
                    yield f"{place}{one}/static"


def _django_names(project: str, looked_at: set[str]) -> Iterator[str]:
    """Yield the static folders of the apps beside manage.py, in order of their paths."""
    pending = [("", 0)]
    while pending:
        prefix, depth = pending.pop(0)
        folder = f"{project}/{prefix}"
        looked_at.add(folder.rstrip("/"))
        names = set(os.listdir(folder))
        if "pyvenv.cfg" in names:
            continue
        if depth and "static" in names and names & {"__init__.py", "apps.py", "models.py"}:
            yield f"{prefix}static"
        if depth < _DJANGO_DEPTH:
            pending.extend(
                (f"{prefix}{one}/", depth + 1)
                for one in sorted(names)
                if one not in {"static", "node_modules", "public", "__pycache__"}
                and not one.startswith(".")
                and os.path.isdir(f"{folder}/{one}")
                and not os.path.islink(f"{folder}/{one}")
            )
