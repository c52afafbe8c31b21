"""ASGI frameworks (Starlette, FastAPI, Litestar, Quart): assets before the app, built in development.

In: a project, an ASGI app. Out: an ``Assets`` for templates, and a middleware class as these frameworks
take it. Refuses to know: any one of them. Source: the ASGI specification, version 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path

from assetbuild.integrations import opening
from assetbuild.serve.asgi import AsgiApp, Receive, Scope, Send
from assetbuild.serve.assets import Assets
from assetbuild.serve.dev_hosts import allowed_hosts

# what the app that answers now is mounted below
_MOUNT: ContextVar[str] = ContextVar("assetbuild_mount", default="")


def open_assets(
    project: Path | str = ".", *, is_dev: bool = False, env: Mapping[str, str] | None = None
) -> Assets:
    """Return the assets of a project; with ``is_dev`` they are built when they are asked for.

    ``env`` is the process's environment where it is not given. In production a missing manifest is
    an error at the first use (``serve/no-manifest``).
    """
    return opening.open_assets(project, is_dev=lambda: is_dev, env=env, find_mount=_MOUNT.get)


class AssetsMiddleware:
    """Answers for the assets, and hands everything else on: ``app.add_middleware(…, assets=assets)``."""

    def __init__(self, app: AsgiApp, assets: Assets) -> None:
        self._answer: AsgiApp = assets.asgi(app)
        dev = opening.find_dev(assets)
        if dev is not None:
            from assetbuild.serve.live import AsgiLive

            self._answer = AsgiLive(assets.origin, dev, app, allowed=allowed_hosts(()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        token = _MOUNT.set(scope.get("root_path") or "")
        try:
            await self._answer(scope, receive, send)
        finally:
            _MOUNT.reset(token)
