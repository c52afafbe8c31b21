"""Django middleware: assets are answered before the app, over WSGI and ASGI alike.

In: a request. Out: an asset's answer, or the app's. First in MIDDLEWARE, so that nothing (a
session, a cookie) happens to an asset.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from assetbuild.integrations.django.apps import get_assets
from assetbuild.integrations.opening import find_dev
from assetbuild.serve.origin import Origin
from assetbuild.serve.table import Response

GetResponse = Callable[[HttpRequest], Any]


@sync_and_async_middleware
def assetbuild_middleware(get_response: GetResponse) -> Callable[[HttpRequest], Any]:
    """Answer for the assets; hand the rest on."""
    if iscoroutinefunction(get_response):
        return _make_async(get_response)

    def handle(request: HttpRequest) -> HttpResponseBase:
        found = _answer(request)
        response: HttpResponseBase = get_response(request) if found is None else found
        return response

    return handle


def _make_async(
    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    async def handle(request: HttpRequest) -> HttpResponseBase:
        is_dev = find_dev(get_assets()) is not None
        # a build may run, or a disk be slow: not on the loop
        found = await asyncio.to_thread(_answer, request) if is_dev else _answer(request)
        return await get_response(request) if found is None else found

    return handle


def _answer(request: HttpRequest) -> HttpResponseBase | None:
    origin: Origin = get_assets().origin
    method, path, below = request.method or "GET", request.path, request.path_info
    query = request.META.get("QUERY_STRING", "")
    found = origin.answer(method, path, request.headers, query=query)
    if found is None and below != path:
        # FORCE_SCRIPT_NAME: the URL may or may not have it before it
        mount = path.removesuffix(below)
        found = origin.answer(method, below, request.headers, query=query, mount=mount)
    if found is None:
        return None
    response, body = found
    if isinstance(body, bytes):
        return _dress(HttpResponse(body, status=response.status), response)
    chunks = body.read_off_loop() if isinstance(request, ASGIRequest) else body
    return _dress(StreamingHttpResponse(chunks, status=response.status), response)


def _dress(answer: HttpResponseBase, response: Response) -> HttpResponseBase:
    # Django adds a Content-Type of its own
    del answer.headers["Content-Type"]
    for name, value in response.headers:
        answer.headers[name] = value
    return answer
