"""Serve the built assets in production, from a table.

In: a project, an environment, a reporter, an address. Out: a server that runs until it is told to
stop. It loads no compiler and no dev server: a process of a slug starts in a moment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.reporting import Reporter
from assetbuild.serve.origin import FixedTable, Origin
from assetbuild.serve.protocol import OriginApp, OriginProtocol
from assetbuild.serve.site import load_site

PROJECT_VARIABLE = "ASSETBUILD_SERVE_PROJECT"
"""Environment variable that tells a worker which project it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where a server listens."""

    host: str = "127.0.0.1"  # loopback unless the user says otherwise
    port: int = 8765  # TCP port
    is_public: bool = False  # the user allowed an address that others can reach


def serve_production(
    project: Path,
    *,
    env: Mapping[str, str],
    reporter: Reporter,
    listening: Listening,
    workers: int = 1,
) -> None:
    """Serve the built assets until it is told to stop.

    Errors: ``serve/no-manifest`` and others of the site, before the port is opened.
    """
    import uvicorn  # only where a server runs

    # in this process first: a mistake is told once, in full, not by every worker
    site = load_site(project, env=env)
    reporter.step(
        f"Serving {len(site.manifest.entries)} assets at"
        f" http://{listening.host}:{listening.port}{site.table.prefix}"
    )
    # workers are new processes: what they serve reaches them by the environment
    os.environ[PROJECT_VARIABLE] = str(project.resolve())
    uvicorn.run(
        OriginApp(Origin(FixedTable(site.table))) if workers == 1 else f"{__name__}:make_worker",
        factory=workers > 1,
        workers=workers,
        host=listening.host,
        port=listening.port,
        http=OriginProtocol,
        loop="auto",  # uvloop where it is installed
        interface="asgi3",
        lifespan="off",
        ws="none",
        proxy_headers=False,
        access_log=False,
        log_level="error",
        timeout_graceful_shutdown=10,
    )


def make_worker() -> OriginApp:
    """Return what one of several workers serves."""
    # a process of its own: this is its border
    site = load_site(Path(os.environ[PROJECT_VARIABLE]), env=os.environ)
    return OriginApp(Origin(FixedTable(site.table)))
