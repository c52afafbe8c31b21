"""Flask: ``Assetbuild(app)`` serves the assets, before the app, and names them in templates.

In: a Flask app. Out: its wsgi_app wrapped; asset_url, asset and importmap in templates; and
``url_for("static", filename=…)`` gives the hashed URL of what the manifest holds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from assetbuild.diagnostics import AssetbuildError
from assetbuild.integrations.jinja2 import install
from assetbuild.serve.assets import Assets, FixedSite
from assetbuild.serve.dev_hosts import allowed_hosts


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
        # a framework's process has no cli/ to take the environment from: this is its border
        env = dict(os.environ)
        project = Path(app.config.get("ASSETBUILD_PROJECT") or find_project(Path(app.root_path)))
        is_dev = app.config.get("ASSETBUILD_DEV")
        if is_dev is None:
            # flask --debug sets the variable before the app is made
            is_dev = app.debug or env.get("FLASK_DEBUG", "") not in ("", "0", "false", "no")
        if is_dev:
            assets = _wrap_dev(app, project, env)
        else:
            source = FixedSite(project, env=env, takes_any=lambda: app.testing)
            assets = Assets(project, source=source)
            app.wsgi_app = assets.wsgi(app.wsgi_app)  # type: ignore[method-assign]
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


def _wrap_dev(app: Flask, project: Path, env: Mapping[str, str]) -> Assets:
    from assetbuild.jobs.serve import open_dev_site  # the compilers: only in development
    from assetbuild.serve.live import WsgiLive

    dev = open_dev_site(project, env=env)
    assets = Assets(project, source=dev)
    live = WsgiLive(assets.origin, dev, app.wsgi_app, allowed=allowed_hosts(()))
    app.wsgi_app = live  # type: ignore[method-assign]
    return assets


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
