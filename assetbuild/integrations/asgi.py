"""ASGI frameworks (Starlette, FastAPI, Litestar, Quart): assets before the app, built in development.

In: a project, an ASGI app. Out: an ``Assets`` for templates, and a middleware class as these frameworks
take it. Refuses to know: any one of them. Source: the ASGI specification, version 3.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from assetbuild.serve.asgi import AsgiApp, Receive, Scope, Send
from assetbuild.serve.assets import Assets
from assetbuild.serve.dev import DevSite
from assetbuild.serve.dev_hosts import allowed_hosts


def open_assets(
    project: Path | str = ".", *, is_dev: bool = False, env: Mapping[str, str] | None = None
) -> Assets:
    """Return the assets of a project; with ``is_dev`` they are built when they are asked for.

    ``env`` is the process's environment where it is not given: this is its border. In production a
    missing manifest is an error at the first use (``serve/no-manifest``).
    """
    variables = dict(os.environ) if env is None else env
    if not is_dev:
        return Assets(project, env=variables)
    from assetbuild.jobs.serve import open_dev_site  # the compilers: only in development

    return Assets(project, source=open_dev_site(Path(project), env=variables))


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
