"""Which of the apps' static files the build has: what collectstatic would copy, asked of the finders.

In: Django's settings and apps, the roots, the manifest if there is one. Out: StaticFiles.
"""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from assetbuild.assets.model import Manifest
from assetbuild.doctor.django import StaticFiles
from assetbuild.integrations.django.options import project_folder
from assetbuild.paths import try_logical
from assetbuild.serve.site import read_roots


def find_static_files(manifest: Manifest | None) -> StaticFiles:
    """Return the roots, and the apps whose static files neither they nor the manifest have.

    One file of an app that is there speaks for all of them: which outputs the others became is
    the build's to know.
    """
    project = project_folder()
    roots = read_roots(project)
    if not apps.is_installed("django.contrib.staticfiles"):
        return StaticFiles()
    absent = {
        name
        for name, files in _list_files().items()
        if not any(_is_there(one, folder, roots, manifest) for one, folder in files)
    }
    base = project.resolve()
    shown = tuple(
        one.relative_to(base).as_posix() if one.is_relative_to(base) else str(one) for one in roots
    )
    return StaticFiles(roots=shown, absent=tuple(sorted(absent)))


def display_static_root() -> str:
    """Return STATIC_ROOT as ``[assets] roots`` would name it; "" where it is not set."""
    if not settings.STATIC_ROOT:
        return ""
    root, base = Path(settings.STATIC_ROOT).resolve(), project_folder().resolve()
    return root.relative_to(base).as_posix() if root.is_relative_to(base) else str(root)


def _list_files() -> dict[str, list[tuple[str, Path]]]:
    """Return of each app, or folder of STATICFILES_DIRS, its files: name, folder they lie in."""
    found: dict[str, list[tuple[str, Path]]] = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            location = getattr(storage, "location", None)
            if location is None:
                continue  # made on request, as django-compressor does: nothing to collect
            folder = Path(location).resolve()
            prefix = getattr(storage, "prefix", None)
            shown = f"{prefix}/{name}" if prefix else name
            found.setdefault(_name_owner(folder), []).append((shown, folder))
    return found


def _name_owner(folder: Path) -> str:
    for app in apps.get_app_configs():
        if folder.is_relative_to(Path(app.path).resolve()):
            return app.name
    return str(folder)


def _is_there(name: str, folder: Path, roots: tuple[Path, ...], manifest: Manifest | None) -> bool:
    if any(folder.is_relative_to(one) for one in roots):
        return True
    logical = try_logical(name)
    if manifest is not None and logical in manifest.entries:
        return True
    return any((one / name).is_file() for one in roots)
