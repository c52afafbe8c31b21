"""Flask: ``Assetbuild(app)`` serves the assets, before the app, and names them in templates.

In: a Flask app. Out: its wsgi_app wrapped; asset_url, asset and importmap in templates; and
``url_for("static", filename=…)`` gives the hashed URL of what the manifest holds.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask import Flask

from assetbuild.diagnostics import AssetbuildError
from assetbuild.integrations.jinja2 import install
from assetbuild.integrations.opening import open_assets
from assetbuild.serve.assets import Assets
from assetbuild.serve.dev import DevSite
from assetbuild.serve.dev_hosts import allowed_hosts
from assetbuild.serve.wsgi import WsgiApp


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
        is_dev = app.config.get("ASSETBUILD_DEV")
        if is_dev is None:
            # flask --debug sets the variable before the app is made
            is_dev = app.debug or os.environ.get("FLASK_DEBUG", "") not in ("", "0", "false", "no")
        assets = open_assets(project, is_dev=bool(is_dev), takes_any=lambda: app.testing)
        app.wsgi_app = _wrap(app.wsgi_app, assets)  # type: ignore[method-assign,assignment]
        app.extensions["assetbuild"] = assets
        _replace_url_for(app, assets)
        install(app.jinja_env, lambda: assets)
        app.jinja_env.globals["url_for"] = app.url_for


def find_project(folder: Path) -> Path:
    """Return the folder, or the nearest above it, with a configuration; else the folder."""
    for one in (folder, *folder.parents):
        if (one / "assetbuild.toml").is_file() or (one / "pyproject.toml").is_file():
            return one
    return folder


def _wrap(app: WsgiApp, assets: Assets) -> WsgiApp:
    if not isinstance(assets.source, DevSite):
        return assets.wsgi(app)
    from assetbuild.serve.live import WsgiLive

    return WsgiLive(assets.origin, assets.source, app, allowed=allowed_hosts(()))


def _replace_url_for(app: Flask, assets: Assets) -> None:
    usual = app.url_for

    def url_for(endpoint: str, **values: Any) -> str:
        name = values.get("filename")
        if endpoint == "static" and isinstance(name, str):
            try:
                return assets.url(name)
            except AssetbuildError as failure:
                # a file of the static folder that is no asset keeps its plain URL
                if {one.code for one in failure.diagnostics} != {"serve/unknown-asset"}:
                    raise
        return usual(endpoint, **values)

    # flask.url_for and the templates call the app's own method
    app.url_for = url_for  # type: ignore[method-assign]
