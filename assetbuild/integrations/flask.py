"""Flask: ``Assetbuild(app)`` serves the assets, before the app, and names them in templates.

In: a Flask app. Out: its wsgi_app wrapped; asset_url, asset and importmap in templates; and
``url_for("static", filename=…)`` gives the hashed URL of what the manifest holds, as does that of a
blueprint whose static folder is a source root.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, has_request_context, request

from assetbuild.diagnostics import AssetbuildError
from assetbuild.integrations.jinja2 import install
from assetbuild.integrations.opening import find_dev, open_assets
from assetbuild.integrations.static_folders import StaticFolders
from assetbuild.serve.assets import Assets
from assetbuild.serve.dev_hosts import allowed_hosts
from assetbuild.serve.wsgi import Environ, StartResponse, WsgiApp


class Assetbuild:
    """The extension; ``app.extensions["assetbuild"]`` holds the app's Assets.

    Options of ``app.config``: ASSETBUILD_PROJECT (folder; default: the app's root, or the folder
    above it that holds the configuration), ASSETBUILD_DEV (default: ``app.debug``).
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Wrap an app and add the functions."""
        project = Path(app.config.get("ASSETBUILD_PROJECT") or find_project(Path(app.root_path)))
        assets = open_assets(
            project,
            is_dev=lambda: _is_dev(app),
            takes_any=lambda: app.testing,
            find_mount=lambda: request.script_root if has_request_context() else "",
        )
        app.wsgi_app = _Wrapped(app.wsgi_app, assets)  # type: ignore[method-assign]
        app.extensions["assetbuild"] = assets
        app.url_for = _Urls(app, assets, project).url_for  # type: ignore[method-assign]
        install(app.jinja_env, lambda: assets)
        app.jinja_env.globals["url_for"] = app.url_for


def find_project(folder: Path) -> Path:
    """Return the folder, or the nearest above it, with a configuration; else the folder."""
    for one in (folder, *folder.parents):
        if (one / "assetbuild.toml").is_file() or (one / "pyproject.toml").is_file():
            return one
    return folder


def _is_dev(app: Flask) -> bool:
    told = app.config.get("ASSETBUILD_DEV")
    return app.debug if told is None else bool(told)


class _Wrapped:
    """The app with its assets before it; whether they are built here is known at the first request."""

    def __init__(self, app: WsgiApp, assets: Assets) -> None:
        self._app = app
        self._assets = assets
        self._answer: WsgiApp | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._answer is None:
            self._answer = self._wrap()
        return self._answer(environ, start_response)

    def _wrap(self) -> WsgiApp:
        dev = find_dev(self._assets)
        if dev is None:
            return self._assets.wsgi(self._app)
        from assetbuild.serve.live import WsgiLive

        return WsgiLive(self._assets.origin, dev, self._app, allowed=allowed_hosts(()))


class _Urls:
    """What ``flask.url_for`` and the templates call: the app's own method, with hashed names."""

    def __init__(self, app: Flask, assets: Assets, project: Path) -> None:
        self._app = app
        self._assets = assets
        self._project = project
        self._usual = app.url_for
        self._seen: set[str] = set()  # blueprints whose static folder was looked at

    @functools.cached_property
    def _folders(self) -> StaticFolders:
        dev = find_dev(self._assets)
        return StaticFolders(self._project, find_build=lambda: dev.build if dev else "")

    def url_for(self, endpoint: str, **values: Any) -> str:
        """Return the URL of an endpoint; of a static file that is an asset, the hashed one."""
        name = values.get("filename")
        hashed = self._find(endpoint, name) if isinstance(name, str) else None
        if hashed is None:
            return self._usual(endpoint, **values)
        is_path = has_request_context() or not self._app.config.get("SERVER_NAME")
        if is_path and len(values) == 1:
            return hashed
        # _external, _anchor and what else was asked for
        return _put_path(self._usual(endpoint, **values), hashed)

    def _find(self, endpoint: str, name: str) -> str | None:
        logical: str | None = name
        if endpoint != "static":
            logical = self._find_in_blueprint(endpoint, name)
            if logical is None:
                return None
        try:
            return self._assets.url(logical or name)
        except AssetbuildError as failure:
            # a file of the static folder that is no asset keeps its plain URL
            if {one.code for one in failure.diagnostics} != {"serve/unknown-asset"}:
                raise
            return None

    def _find_in_blueprint(self, endpoint: str, name: str) -> str | None:
        """Return the logical path of a file of a blueprint's static folder."""
        owner, _, last = endpoint.rpartition(".")
        if last != "static":
            return None
        if endpoint.startswith("."):
            # of the blueprint that answers now, as Flask reads it
            if not has_request_context():
                return None
            owner = f"{request.blueprint}{owner}" if request.blueprint else owner[1:]
            if not owner:
                return name
        blueprint = self._app.blueprints.get(owner)
        folder = blueprint.static_folder if blueprint is not None else None
        if folder is None:
            return None
        if owner not in self._seen:
            self._seen.add(owner)
            self._tell_no_source(owner, folder)
        return self._folders.find_logical(folder, name)

    def _tell_no_source(self, owner: str, folder: str) -> None:
        if find_dev(self._assets) is None or self._folders.is_source(folder):
            return
        self._app.logger.warning(
            'assetbuild: the static folder of the blueprint "%s" is no source root, so its files '
            'have no hash: add "%s" to [assets] roots',
            owner,
            os.path.relpath(folder, self._project),
        )


def _put_path(url: str, hashed: str) -> str:
    """Return a URL as Flask made it with the path, and the host if there is one, of a hashed URL."""
    plain, ours = urlsplit(url), urlsplit(hashed)
    return urlunsplit(
        (
            ours.scheme or plain.scheme,
            ours.netloc or plain.netloc,
            ours.path,
            ours.query or plain.query,
            ours.fragment or plain.fragment,
        )
    )
