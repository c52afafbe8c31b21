"""Starlette's own routing around the middleware: what a mounted app's pages name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from assetbuild.integrations.asgi import AssetsMiddleware, open_assets
from tests.serve.site import write_site
from tests.serve.test_adapters import ask_asgi


@pytest.mark.parametrize("mount", ["", "/shop"])
def test_pages_and_answers_are_below_the_mount(tmp_path: Path, mount: str) -> None:
    write_site(tmp_path / "public/assets", {"a.css": b"a{}"})
    assets = open_assets(tmp_path, env={})

    async def name(_: Request) -> Response:
        return PlainTextResponse(assets.url("a.css"))

    def name_in_a_thread(_: Request) -> Response:
        return PlainTextResponse(assets.url("a.css"))

    routes = [Route("/", name), Route("/thread", name_in_a_thread)]
    shop = Starlette(routes=routes, middleware=[Middleware(AssetsMiddleware, assets=assets)])
    app: Any = Starlette(routes=[Mount(mount, app=shop)]) if mount else shop
    for page in ("/", "/thread"):
        url = ask_asgi(app, "GET", mount + page, {})[2].decode()
        assert url.startswith(f"{mount}/assets/a.")
        assert ask_asgi(app, "GET", url, {})[2] == b"a{}"
    assert ask_asgi(app, "GET", f"{mount}/assets/b.css", {})[0] == 404
    # what one request was mounted below is forgotten after it
    assert assets.url("a.css").startswith("/assets/a.")
    assert asyncio.run(_outside(assets)).startswith("/assets/a.")


async def _outside(assets: Any) -> str:
    return str(assets.url("a.css"))
