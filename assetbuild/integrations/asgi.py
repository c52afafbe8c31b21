"""ASGI frameworks (Starlette, FastAPI, Litestar, Quart): assets before the app, built in development.

In: a project, an ASGI app. Out: an ``Assets`` for templates, and a middleware class as these frameworks
take it. Refuses to know: any one of them. Source: the ASGI specification, version 3.
"""

from __future__ import annotations

from assetbuild.integrations.opening import open_assets
from assetbuild.serve.asgi import AsgiApp, Receive, Scope, Send
from assetbuild.serve.assets import Assets
from assetbuild.serve.dev import DevSite
from assetbuild.serve.dev_hosts import allowed_hosts

__all__ = ["AssetsMiddleware", "open_assets"]


class AssetsMiddleware:
    """Answers for the assets, and hands everything else on: ``app.add_middleware(…, assets=assets)``."""

    def __init__(self, app: AsgiApp, assets: Assets) -> None:
        self._answer: AsgiApp = assets.asgi(app)
        if isinstance(assets.source, DevSite):
            from assetbuild.serve.live import AsgiLive

            self._answer = AsgiLive(assets.origin, assets.source, app, allowed=allowed_hosts(()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        await self._answer(scope, receive, send)
