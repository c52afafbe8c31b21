"""The settings ``ASSETBUILD`` of a Django project, and where its assets are configured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import mail

from assetbuild.serve.site import read_roots


def read_options() -> Mapping[str, Any]:
    """Return the setting ``ASSETBUILD``: PROJECT (folder), DEV (bool), STRICT (bool)."""
    options: Mapping[str, Any] = getattr(settings, "ASSETBUILD", {})
    return options


def project_folder() -> Path:
    """Return the folder of assetbuild.toml: the option PROJECT, or BASE_DIR."""
    named: str | Path | None = read_options().get("PROJECT")
    base: str | Path = getattr(settings, "BASE_DIR", ".")
    return Path(named or base)


def is_dev() -> bool:
    """Tell whether this process builds: DEBUG, unless the option DEV says otherwise."""
    return bool(read_options().get("DEV", settings.DEBUG))


def is_strict() -> bool:
    """Tell whether a name that the manifest does not hold is an error: not in DEBUG nor in tests."""
    return bool(read_options().get("STRICT", not settings.DEBUG and not _is_under_test()))


def _is_under_test() -> bool:
    # Django's test runner and pytest-django put the outbox there, and turn DEBUG off
    # https://docs.djangoproject.com/en/stable/topics/testing/tools/#email-services
    return hasattr(mail, "outbox")


def collects_into_roots(project: Path) -> bool:
    """Tell whether what collectstatic copies is among the sources of the build."""
    if not settings.STATIC_ROOT:
        return False
    return Path(settings.STATIC_ROOT).resolve() in read_roots(project)
