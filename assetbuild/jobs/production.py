"""Serve the built assets in production, from a table.

In: a project, an environment, a reporter, an address. Out: a server that runs until it is told to
stop. It loads no compiler and no dev server: a process of a slug starts in a moment.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from assetbuild.config.load import load_config
from assetbuild.descendants import die_with_parent
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.listening import Listening, listening_at
from assetbuild.reporting import Reporter, TextReporter
from assetbuild.scratch import FolderEndedError, PromisedFolder, promised_folder
from assetbuild.serve.origin import FixedTable, Origin
from assetbuild.serve.protocol import OriginApp, OriginProtocol
from assetbuild.serve.site import Site, load_site

PROJECT_VARIABLE = "ASSETBUILD_SERVE_PROJECT"
"""Environment variable that tells a worker which project it serves."""

FOLDER_VARIABLE = "ASSETBUILD_SERVE_FOLDER"
"""Environment variable that tells a worker where it may write; the first process removes it."""


def serve_production(
    project: Path,
    *,
    env: Mapping[str, str],
    reporter: Reporter,
    listening: Listening,
    workers: int = 1,
) -> None:
    """Serve the built assets until it is told to stop.

    Errors: ``serve/no-manifest`` and others of the site, before the port is opened;
    ``serve/address``; KeyboardInterrupt where a signal ended it.
    """
    import uvicorn  # only where a server runs

    # in this process first: a mistake is told once, in full, not by every worker
    site = load_site(project, env=env)
    with listening_at(listening) as opened, promised_folder("assetbuild-previous-") as folder:
        reporter.step(
            f"Serving {len(site.manifest.entries)} assets at {opened.url}{site.table.prefix}"
        )
        # workers are new processes: what they serve reaches them by the environment
        os.environ[PROJECT_VARIABLE] = str(project.resolve())
        os.environ[FOLDER_VARIABLE] = str(folder.path)
        config = uvicorn.Config(
            _open_app(site, project, folder, env, reporter)
            if workers == 1
            else f"{__name__}:make_worker",
            factory=workers > 1,
            workers=workers,
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
        if workers == 1:
            # ends well, then raises the signal again
            uvicorn.Server(config).run(opened.sockets)
        else:
            _run_workers(config, opened.sockets)


def _run_workers(config: Any, sockets: list[socket.socket]) -> None:
    from uvicorn.supervisors import Multiprocess  # as uvicorn itself

    at_hangup = signal.getsignal(signal.SIGHUP)
    supervisor = Multiprocess(config, sockets)
    # uvicorn would start the workers anew, and outlive its terminal
    signal.signal(signal.SIGHUP, at_hangup)
    is_interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        # uvicorn's own handler forgets by which signal it was ended
        nonlocal is_interrupted
        is_interrupted = True
        supervisor.handle_int()

    signal.signal(signal.SIGINT, interrupt)
    supervisor.run()
    if is_interrupted:
        raise KeyboardInterrupt


def make_worker() -> OriginApp:
    """Return what one of several workers serves."""
    # a first process that is killed cannot end its workers, which would keep the port
    die_with_parent(os.getppid())
    # a process of its own: this is its border
    project, env = Path(os.environ[PROJECT_VARIABLE]), dict(os.environ)
    folder = PromisedFolder(Path(os.environ[FOLDER_VARIABLE]) / str(os.getpid()))
    reporter = TextReporter(sys.stderr, env=env)
    return _open_app(load_site(project, env=env), project, folder, env, reporter)


def _open_app(
    site: Site, project: Path, folder: PromisedFolder, env: Mapping[str, str], reporter: Reporter
) -> OriginApp:
    source = FixedTable(site.table)
    if load_config(project).serve.keep_previous:
        # beside the server, which starts at once: a bucket may be slow, or away
        arguments = (source, project, folder, env, reporter)
        threading.Thread(target=add_from_bucket, args=arguments, daemon=True).start()
    return OriginApp(Origin(source))


def add_from_bucket(
    source: FixedTable,
    project: Path,
    folder: PromisedFolder,
    env: Mapping[str, str],
    reporter: Reporter,
) -> None:
    """Let the table also answer for releases that the bucket has and the slug does not.

    Their files go into ``folder``, which has to last as long as the table.
    """
    # the publisher: only where a bucket is asked
    from assetbuild.jobs.bucket_releases import fetch_releases

    try:
        kept = fetch_releases(project, env, folder)
        if kept is None:
            return
        source.replace(load_site(project, env=env, fetched=folder.path).table)
    except FolderEndedError:
        return
    except (AssetbuildError, OSError) as failure:
        reporter.detail(f"earlier releases could not be read from the bucket: {failure}")
        return
    reporter.detail(f"earlier releases read from the bucket: {kept.releases}, {kept.files} files")
