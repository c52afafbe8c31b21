"""System checks: what is wrong with the setup, in one line each, with what to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from assetbuild.diagnostics import AssetbuildError
from assetbuild.doctor.django import DjangoSettings, judge_settings
from assetbuild.integrations.django.collected import display_static_root, find_static_files
from assetbuild.integrations.django.options import is_dev, is_strict, project_folder
from assetbuild.serve.site import Site, load_any_site, load_site, read_base

# the ids that SILENCED_SYSTEM_CHECKS names
_IDS = {
    "doctor/django-static-url": "assetbuild.W002",
    "doctor/django-middleware": "assetbuild.W003",
    "doctor/django-middleware-order": "assetbuild.W004",
    "doctor/django-storage": "assetbuild.W005",
    "doctor/django-apps-order": "assetbuild.W006",
    "doctor/django-app-files": "assetbuild.W007",
    "doctor/django-default-storage": "assetbuild.W008",
    "doctor/django-unlisted-files": "assetbuild.W009",
}


def _load(project: Path) -> Site:
    return load_site(project, env={}) if is_strict() else load_any_site(project, env={})


def check_assets(app_configs: object, **_: Any) -> Sequence[CheckMessage]:
    """Return what would keep assets from being served."""
    try:
        base = read_base(project_folder())
        site = None if is_dev() else _load(project_folder())
    except AssetbuildError as failure:
        build = "build first: python manage.py assetbuild"
        return [
            Error(
                f"{one.code}: {one.message}",
                hint=build if one.code == "serve/no-manifest" else one.hint,
                id="assetbuild.E001",
            )
            for one in failure.diagnostics
        ]
    found = DjangoSettings(
        static_url=settings.STATIC_URL or "",
        middleware=tuple(settings.MIDDLEWARE),
        apps=tuple(settings.INSTALLED_APPS),
        backend=settings.STORAGES.get("staticfiles", {}).get("BACKEND", ""),
        has_default_storage="default" in settings.STORAGES,
        static_root=display_static_root(),
    )
    files = find_static_files(site.manifest if site else None)
    return [
        CheckWarning(one.message, hint=one.hint, id=_IDS[one.code])
        for one in judge_settings(found, prefix=base.prefix, files=files)
    ]
