"""``from assetbuild import Assets``: URLs, tags and middlewares for any Python app.

In: a project folder and an environment. Out: what templates and servers ask for.
Refuses to know: frameworks, how development keeps the site up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from assetbuild.serve.asgi import AsgiApp, AsgiAssets
from assetbuild.serve.markup import (
    render_asset,
    render_importmap,
    render_picture,
    render_srcset,
)
from assetbuild.serve.origin import Origin
from assetbuild.serve.site import Site, load_any_site, load_site
from assetbuild.serve.table import Table
from assetbuild.serve.wsgi import WsgiApp, WsgiAssets


class SiteSource(Protocol):
    """Who knows the site of this moment."""

    def site(self) -> Site:
        """Return the site; in development this may wait for a build, and raise its errors."""


class FixedSite:
    """The site of a build, read when it is first asked for and kept for the process's life.

    While ``takes_any()`` says so, an app is under test: it needs no build, and any name is taken.
    """

    def __init__(
        self,
        project: Path,
        *,
        env: Mapping[str, str],
        takes_any: Callable[[], bool] = lambda: False,
    ) -> None:
        self._project = project
        self._env = env
        self._takes_any = takes_any
        self._sites: dict[bool, Site] = {}

    def site(self) -> Site:
        is_any = self._takes_any()
        site = self._sites.get(is_any)
        if site is None:
            load = load_any_site if is_any else load_site
            site = self._sites[is_any] = load(self._project, env=self._env)
        return site


class Assets:
    """The assets of a project: their URLs, their tags, and the server of them."""

    def __init__(
        self,
        project: Path | str = ".",
        *,
        env: Mapping[str, str] | None = None,
        source: SiteSource | None = None,
        find_mount: Callable[[], str] = lambda: "",
    ) -> None:
        """Take the project's folder; ``env`` holds ASSETBUILD_ASSET_HOST, if it is used.

        ``find_mount()`` tells the path below which the app that answers now is reached ("/shop"),
        where a dispatcher or a proxy mounted it there.
        """
        folder = Path(project).resolve()
        self.source: SiteSource = source or FixedSite(folder, env=env or {})
        self.origin = Origin(self)
        self._find_mount = find_mount

    def _site(self) -> Site:
        return self.source.site().mounted_at(self._find_mount())

    def table(self) -> Table:
        """Return the table of this moment."""
        return self.source.site().table

    def url(self, name: str) -> str:
        """Return the hashed URL of a logical path. Errors: ``serve/unknown-asset``."""
        return self._site().url(name)

    def integrity(self, name: str) -> str:
        """Return the ``integrity`` attribute of a logical path."""
        return self._site().find(name).integrity

    def tag(
        self, name: str, *, integrity: bool = False, preload: bool = False, **attributes: object
    ) -> str:
        """Return the HTML that uses an asset (assetbuild.serve.markup.render_asset)."""
        return render_asset(
            self._site(), name, integrity=integrity, preload=preload, attributes=attributes
        )

    def picture(self, name: str, *, sizes: str | None = None, **attributes: object) -> str:
        """Return the ``picture`` element of a picture (assetbuild.serve.markup.render_picture)."""
        return render_picture(self._site(), name, sizes=sizes, attributes=attributes)

    def srcset(self, name: str, *, type: str | None = None) -> str:
        """Return the value of ``srcset``: the widths of a picture, in its own format or another."""
        return render_srcset(self._site(), name, media_type=type)

    def importmap(self, *, preload: Iterable[str] = (), nonce: str | None = None) -> str:
        """Return the import map and its modulepreload links."""
        return render_importmap(self._site(), preload=preload, nonce=nonce)

    def wsgi(self, app: WsgiApp | None = None) -> WsgiAssets:
        """Return a WSGI app that answers for the assets before ``app``."""
        return WsgiAssets(self.origin, app)

    def asgi(self, app: AsgiApp | None = None) -> AsgiAssets:
        """Return an ASGI app that answers for the assets before ``app``."""
        return AsgiAssets(self.origin, app)
