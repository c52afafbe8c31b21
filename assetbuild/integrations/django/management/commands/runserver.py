"""``manage.py runserver`` that also builds, serves hashed URLs and reloads the page.

Wraps the handler of django.contrib.staticfiles: its own finders still serve what the apps bring
and the manifest does not hold.
"""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles.management.commands.runserver import (
    Command as StaticfilesCommand,
)

from assetbuild.integrations.django.apps import get_assets
from assetbuild.integrations.opening import find_dev
from assetbuild.serve.dev_hosts import allowed_hosts
from assetbuild.serve.live import WsgiLive
from assetbuild.serve.origin import Origin
from assetbuild.serve.respond import NOT_FOUND
from assetbuild.serve.wsgi import WsgiAssets


class Command(StaticfilesCommand):
    """runserver with assets."""

    def get_handler(self, *arguments: Any, **options: Any) -> Any:
        handler = super().get_handler(*arguments, **options)
        assets = get_assets()
        dev, origin = find_dev(assets), _Known(assets)
        if dev is None:
            return WsgiAssets(origin, handler)
        from django.conf import settings

        hosts = [one for one in settings.ALLOWED_HOSTS if one != "*"]
        return WsgiLive(origin, dev, handler, allowed=allowed_hosts(hosts))


class _Known(Origin):
    """Answers for what the manifest holds; the rest is for the apps' own static files."""

    def answer(self, method: str, path: str, headers: Any, **more: Any) -> Any:
        found = super().answer(method, path, headers, **more)
        return None if found is not None and found[0].status == NOT_FOUND.status else found
