"""A shop on Starlette; FastAPI's differs by one name. DEBUG=0 in the environment is production."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from assetbuild.integrations.asgi import AssetsMiddleware, open_assets
from assetbuild.integrations.jinja2 import install

HERE = Path(__file__).parent
assets = open_assets(HERE, is_dev=os.environ.get("DEBUG", "1") == "1")
templates = Jinja2Templates(HERE / "templates")
install(templates.env, lambda: assets)


async def shop(request: Request) -> Response:
    return templates.TemplateResponse(request, "shop.html")


app = Starlette(routes=[Route("/", shop)], middleware=[Middleware(AssetsMiddleware, assets=assets)])
