"""The assets of an app's process: those of the last build, or built when they are asked for.

In: a project, whether this process builds. Out: an ``Assets``. Refuses to know: any framework.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from assetbuild.serve.assets import Assets, FixedSite, SiteSource
from assetbuild.serve.dev import DevSite
from assetbuild.serve.site import Site


class ChosenSource:
    """The source of production or of development, chosen when it is first asked.

    An app may learn after it was made that it is being developed: ``app.run(debug=True)``.
    """

    def __init__(self, choose: Callable[[], SiteSource]) -> None:
        self._choose = choose
        self._lock = threading.Lock()
        self._chosen: SiteSource | None = None

    def choose(self) -> SiteSource:
        """Return the source; the same one each time."""
        with self._lock:
            if self._chosen is None:
                self._chosen = self._choose()
            return self._chosen

    def site(self) -> Site:
        return self.choose().site()


def open_assets(
    project: Path | str,
    *,
    is_dev: Callable[[], bool],
    env: Mapping[str, str] | None = None,
    takes_any: Callable[[], bool] = lambda: False,
    find_mount: Callable[[], str] = lambda: "",
) -> Assets:
    """Return the assets of a project; where ``is_dev()``, they are built when they are asked for.

    ``env`` is the process's environment where it is not given: a framework's process has no cli/,
    so this is its border. In production a missing manifest is an error at the first use
    (``serve/no-manifest``), and while ``takes_any()`` says so, an app is under test (FixedSite).
    ``find_mount`` is as that of Assets.
    """
    folder, variables = Path(project).resolve(), dict(os.environ) if env is None else env

    def choose() -> SiteSource:
        if not is_dev():
            return FixedSite(folder, env=variables, takes_any=takes_any)
        from assetbuild.jobs.serve import open_dev_site  # the compilers: only in development

        return open_dev_site(folder, env=variables)

    return Assets(folder, source=ChosenSource(choose), find_mount=find_mount)


def find_dev(assets: Assets) -> DevSite | None:
    """Return the development site of assets that are built when they are asked for, else None."""
    source = assets.source
    chosen = source.choose() if isinstance(source, ChosenSource) else source
    return chosen if isinstance(chosen, DevSite) else None
