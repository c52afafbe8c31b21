"""Jinja2: asset, asset_url, importmap, picture and srcset as an extension.

In: an environment and an Assets. Out: globals of the environment. The names match Django's tags.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup

if TYPE_CHECKING:
    from assetbuild.serve.assets import Assets


class AssetbuildExtension(Extension):
    """Adds the functions; hand it the assets with ``environment.assetbuild = Assets(...)``."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.extend(assetbuild=None)
        install(environment, lambda: _read(environment))


def install(environment: Environment, assets: Callable[[], Assets]) -> None:
    """Put the functions into an environment; ``assets`` is called at every use."""

    def asset(
        name: str, *, integrity: bool = False, preload: bool = False, **attributes: object
    ) -> Markup:
        tag = assets().tag(name, integrity=integrity, preload=preload, **attributes)
        return Markup(tag)

    def picture(name: str, *, sizes: str | None = None, **attributes: object) -> Markup:
        return Markup(assets().picture(name, sizes=sizes, **attributes))

    def srcset(name: str, *, type: str | None = None) -> str:
        return assets().srcset(name, type=type)

    def asset_url(name: str) -> str:
        return assets().url(name)

    def importmap(*preload: str, nonce: str | None = None) -> Markup:
        return Markup(assets().importmap(preload=preload, nonce=nonce))

    environment.globals.update(
        asset=asset, asset_url=asset_url, importmap=importmap, picture=picture, srcset=srcset
    )


def _read(environment: Environment) -> Assets:
    assets: Any = getattr(environment, "assetbuild", None)
    if assets is None:
        raise RuntimeError(
            "environment.assetbuild is not set: write environment.assetbuild = Assets(...)"
        )
    found: Assets = assets
    return found
