"""System checks: what is wrong with the setup, in one line each, with what to write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from assetbuild.diagnostics import AssetbuildError
from assetbuild.integrations.django.options import is_dev, project_folder
from assetbuild.serve.site import load_site, read_base

MIDDLEWARE = "assetbuild.integrations.django.middleware.assetbuild_middleware"
BACKEND = "assetbuild.integrations.django.storage.AssetbuildStorage"


def check_assets(app_configs: object, **_: Any) -> Sequence[CheckMessage]:
    """Return what would keep assets from being served."""
    return [*_check_configuration(), *_check_middleware(), *_check_storage(), *_check_apps()]


def _check_configuration() -> Sequence[CheckMessage]:
    try:
        base = read_base(project_folder())
        if not is_dev():
            load_site(project_folder(), env={})
    except AssetbuildError as failure:
        return [
            Error(f"{one.code}: {one.message}", hint=one.hint, id="assetbuild.E001")
            for one in failure.diagnostics
        ]
    url = settings.STATIC_URL or ""
    if not url.endswith(base.prefix):
        return [
            CheckWarning(
                f'STATIC_URL is "{url}", but assets are served under "{base.prefix}"',
                hint=f'write url = "{url}" below [assets] in assetbuild.toml',
                id="assetbuild.W002",
            )
        ]
    return []


def _check_middleware() -> Sequence[CheckMessage]:
    if MIDDLEWARE not in settings.MIDDLEWARE:
        return [
            CheckWarning(
                "the assetbuild middleware is not in MIDDLEWARE, so this app serves no assets",
                hint=f'put "{MIDDLEWARE}" first in MIDDLEWARE',
                id="assetbuild.W003",
            )
        ]
    before = settings.MIDDLEWARE[: list(settings.MIDDLEWARE).index(MIDDLEWARE)]
    if [one for one in before if one != "django.middleware.security.SecurityMiddleware"]:
        return [
            CheckWarning(
                f"{before[0]} runs before the assetbuild middleware, also for assets",
                hint=f'put "{MIDDLEWARE}" first in MIDDLEWARE',
                id="assetbuild.W004",
            )
        ]
    return []


def _check_storage() -> Sequence[CheckMessage]:
    backend = settings.STORAGES.get("staticfiles", {}).get("BACKEND")
    if backend == BACKEND:
        return []
    return [
        CheckWarning(
            "{% static %} does not use assetbuild's names",
            hint=f'write STORAGES = {{…, "staticfiles": {{"BACKEND": "{BACKEND}"}}}}',
            id="assetbuild.W005",
        )
    ]


def _check_apps() -> Sequence[CheckMessage]:
    names = list(settings.INSTALLED_APPS)
    ours, theirs = "assetbuild.integrations.django", "django.contrib.staticfiles"
    mine = [at for at, one in enumerate(names) if one.startswith(ours)]
    if theirs in names and mine and names.index(theirs) < mine[0]:
        return [
            CheckWarning(
                "runserver is taken from django.contrib.staticfiles, which knows no hashed names",
                hint=f'put "{ours}" before "{theirs}" in INSTALLED_APPS',
                id="assetbuild.W006",
            )
        ]
    return []
