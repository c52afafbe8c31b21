"""Which of the apps' static files the build reads: what collectstatic would copy, asked of the finders.

In: Django's settings and apps, the roots, the manifest if there is one. Out: StaticFiles.
"""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from assetbuild.assets.model import Manifest
from assetbuild.doctor.django import StaticFiles
from assetbuild.integrations.django.options import collects_into_roots, project_folder
from assetbuild.paths import try_logical
from assetbuild.serve.site import read_roots


def find_static_files(manifest: Manifest | None) -> StaticFiles:
    """Return the roots, and whose static files neither they nor the manifest have.

    One file of an app that is there speaks for all of them: which outputs the others became is
    the build's to know.
    """
    project = project_folder().resolve()
    roots = read_roots(project)
    if not apps.is_installed("django.contrib.staticfiles"):
        return StaticFiles()
    collected = Path(settings.STATIC_ROOT).resolve() if collects_into_roots(project) else None
    absent: set[str] = set()
    unlisted: set[str] = set()
    for name, files in _list_files().items():
        folder = files[0][1]
        has_any = any(_is_there(one, where, roots, manifest) for one, where in files)
        if _is_own(folder, project) and not _is_below(folder, roots):
            has_copy = collected is not None and any(
                (collected / one).is_file() for one, _ in files
            )
            if has_copy or not has_any:
                unlisted.add(_display(folder, project))
        elif not has_any:
            absent.add(name)
    return StaticFiles(
        roots=tuple(_display(one, project) for one in roots),
        absent=tuple(sorted(absent)),
        unlisted=tuple(sorted(unlisted)),
    )


def name_collected(name: str, storage: object) -> str:
    """Return the name below STATIC_ROOT that collectstatic gives a file of a finder's storage."""
    prefix = getattr(storage, "prefix", None)
    return f"{prefix}/{name}" if prefix else name


def display_static_root() -> str:
    """Return STATIC_ROOT as ``[assets] roots`` would name it; "" where it is not set."""
    if not settings.STATIC_ROOT:
        return ""
    return _display(Path(settings.STATIC_ROOT).resolve(), project_folder().resolve())


def _display(folder: Path, project: Path) -> str:
    inside = folder.is_relative_to(project)
    return folder.relative_to(project).as_posix() if inside else str(folder)


def _is_own(folder: Path, project: Path) -> bool:
    """Tell whether a folder is the project's own: in it, and in no environment of Python."""
    if not folder.is_relative_to(project):
        return False
    above = folder.relative_to(project).parents
    return not any((project / one / "pyvenv.cfg").is_file() for one in above)


def _is_below(folder: Path, roots: tuple[Path, ...]) -> bool:
    return any(folder.is_relative_to(one) for one in roots)


def _list_files() -> dict[str, list[tuple[str, Path]]]:
    """Return of each app, or folder of STATICFILES_DIRS, its files: name, folder they lie in."""
    found: dict[str, list[tuple[str, Path]]] = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            location = getattr(storage, "location", None)
            if location is None:
                continue  # made on request, as django-compressor does: nothing to collect
            folder = Path(location).resolve()
            collected = name_collected(name, storage)
            found.setdefault(_name_owner(folder), []).append((collected, folder))
    return found


def _name_owner(folder: Path) -> str:
    for app in apps.get_app_configs():
        if folder.is_relative_to(Path(app.path).resolve()):
            return app.name
    return str(folder)


def _is_there(name: str, folder: Path, roots: tuple[Path, ...], manifest: Manifest | None) -> bool:
    if _is_below(folder, roots):
        return True
    logical = try_logical(name)
    if manifest is not None and logical in manifest.entries:
        return True
    return any((one / name).is_file() for one in roots)
