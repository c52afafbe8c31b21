"""Build again whenever a source changes, until interrupted.

In: a builder. Out: a result for each build; errors are told, and the next change tries again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from assetbuild.assets.result import BuildResult
from assetbuild.diagnostics import AssetbuildError, Diagnostic
from assetbuild.jobs.build import AssetBuilder
from assetbuild.reporting import Reporter
from assetbuild.watching import is_noise, watch_paths


def watch_project(
    builder: AssetBuilder,
    reporter: Reporter,
    on_built: Callable[[BuildResult], None],
    *,
    stop: threading.Event | None = None,
) -> None:
    """Build, then wait and build again until ``stop`` is set (for ever without one).

    A first build that fails because the configuration is wrong or no source is there is raised.
    """
    project = str(builder.project)
    watched: tuple[str, ...] = ()
    output = ""
    began_ns = 0
    told: tuple[Diagnostic, ...] = ()

    def build() -> None:
        nonlocal watched, output, began_ns, told
        began_ns = time.time_ns()
        try:
            result = builder.build()
        except AssetbuildError as failure:
            if not watched:
                watched = (project,)
            # the same again, told into a log in the project, would be the next change
            if failure.diagnostics != told:
                for item in failure.diagnostics:
                    reporter.diagnostic(item)
                reporter.step("Failed; the last good build stays. Waiting for a change")
            told = failure.diagnostics
            return
        told = ()
        watched, output = result.watched, str(result.output)
        if not result.stats.is_up_to_date or result.changed:
            on_built(result)

    def is_ignored(path: str) -> bool:
        return is_noise(path, project=project, output=output)

    build()
    reporter.step("Watching for changes (Ctrl-C ends)")
    for _changed in watch_paths(
        lambda: watched,
        stop=stop or threading.Event(),
        is_ignored=is_ignored,
        since_ns=began_ns,
    ):
        build()
