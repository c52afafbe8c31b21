"""The Django app ``assetbuild.integrations.django``: one Assets for the process, and the checks.

In: settings. Out: ``get_assets()`` for the template tags, the storage and the middleware.
"""

from __future__ import annotations

import functools
import threading
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register
from django.urls import get_script_prefix

from assetbuild.integrations.django.options import (
    collects_into_roots,
    is_dev,
    is_strict,
    project_folder,
)
from assetbuild.integrations.opening import open_assets
from assetbuild.serve.assets import Assets


class Current:
    """What a process knows of the assets; made when it is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: Assets | None = None

    def get(self) -> Assets:
        """Return the assets; find_dev tells whether they are built here."""
        with self._lock:
            if self._made is None:
                self._made = _make_assets()
            return self._made

    def forget(self) -> None:
        """Read settings and manifest anew when asked again: for tests."""
        self._made = None


class AssetbuildConfig(AppConfig):
    """Registers the system checks."""

    name = "assetbuild.integrations.django"
    label = "assetbuild"
    verbose_name = "assetbuild"
    default = True

    def ready(self) -> None:
        from assetbuild.integrations.django.checks import check_assets

        register(check_assets)


@functools.lru_cache(maxsize=1)
def get_current() -> Current:
    """Return what this process knows.

    Not kept in the app's configuration: the storage works alone too, without the app in
    INSTALLED_APPS, as ManifestStaticFilesStorage does.
    """
    return Current()


def get_assets() -> Assets:
    """Return the assets of this process."""
    return get_current().get()


def _make_assets() -> Assets:
    project = project_folder()
    if is_dev() and collects_into_roots(project):
        # a fresh clone has not collected yet; what it would hold comes from the finders here
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    return open_assets(
        project,
        is_dev=is_dev,
        takes_any=lambda: not is_strict(),
        # of FORCE_SCRIPT_NAME, or of the request
        find_mount=lambda: get_script_prefix().rstrip("/"),
    )
