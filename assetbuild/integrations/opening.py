"""The assets of an app's process: those of the last build, or built when they are asked for.

In: a project, whether this process builds. Out: an ``Assets``. Refuses to know: any framework.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from assetbuild.serve.assets import Assets, FixedSite


def open_assets(
    project: Path | str = ".",
    *,
    is_dev: bool = False,
    env: Mapping[str, str] | None = None,
    takes_any: Callable[[], bool] = lambda: False,
    find_mount: Callable[[], str] = lambda: "",
) -> Assets:
    """Return the assets of a project; with ``is_dev`` they are built when they are asked for.

    ``env`` is the process's environment where it is not given: a framework's process has no cli/,
    so this is its border. In production a missing manifest is an error at the first use
    (``serve/no-manifest``), and while ``takes_any()`` says so, an app is under test (FixedSite).
    ``find_mount`` is as that of Assets.
    """
    folder, variables = Path(project), dict(os.environ) if env is None else env
    if not is_dev:
        fixed = FixedSite(folder.resolve(), env=variables, takes_any=takes_any)
        return Assets(folder, source=fixed, find_mount=find_mount)
    from assetbuild.jobs.serve import open_dev_site  # the compilers: only in development

    dev = open_dev_site(folder, env=variables)
    return Assets(folder, source=dev, find_mount=find_mount)
