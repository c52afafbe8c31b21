"""Serve the assets in development, with builds and live reload.

In: a project, an environment, a reporter, addresses. Out: a server that runs until it is told to
stop. Effects in order, no decisions.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assetbuild.assets.result import BuildOptions
from assetbuild.beside import running_beside
from assetbuild.config.load import load_config
from assetbuild.jobs.build import AssetBuilder
from assetbuild.jobs.listening import Listening, check_listening, listening_at
from assetbuild.process import Command
from assetbuild.reporting import Reporter, TextReporter
from assetbuild.serve.app_address import find_app_address
from assetbuild.serve.assets import Assets
from assetbuild.serve.dev import DevSite
from assetbuild.serve.dev_hosts import allowed_hosts
from assetbuild.serve.live import AsgiLive
from assetbuild.serve.proxy import ProxyApp
from assetbuild.serve.tunnel import Tunnel


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What the dev server stands in front of."""

    app: str | None = None  # address of the app; None: only assets are served
    command: tuple[str, ...] = ()  # started beside the server, ended with it
    profile: str | None = None  # profile to build with; None: the configured one


def open_dev_site(
    project: Path,
    *,
    env: Mapping[str, str],
    reporter: Reporter | None = None,
    profile: str | None = None,
) -> DevSite:
    """Return the development site of a project, watching; it builds when it is first asked."""
    folder = project.resolve()
    told = reporter or TextReporter(sys.stderr, env=env)
    # a folder of its own: quick variants must not lie in the output that is deployed
    options = BuildOptions(is_dev=True, profile=profile, output=folder / ".assetbuild" / "dev")

    def make_builder() -> AssetBuilder:
        return AssetBuilder(folder, env=env, reporter=told, options=options)

    dev = DevSite(folder, make_builder=make_builder, reporter=told)
    dev.start()
    return dev


def serve_dev(
    project: Path,
    *,
    env: Mapping[str, str],
    reporter: Reporter,
    listening: Listening,
    behind: Behind,
) -> None:
    """Run the dev server, in front of the app, until it is interrupted.

    Errors: ``serve/not-loopback``, ``serve/address``.
    """
    import uvicorn  # only where a server runs

    check_listening(listening)
    config = load_config(project)
    with contextlib.ExitStack() as stack:
        # first: what is started below may look for a free port too
        opened = stack.enter_context(listening_at(listening))
        behind, env = find_app(behind, env)
        dev = open_dev_site(project, env=env, reporter=reporter, profile=behind.profile)
        stack.enter_context(contextlib.closing(dev))
        assets = Assets(project, source=dev)
        hosts = config.serve.dev_hosts
        if listening.is_public:
            hosts = (*hosts, listening.host)
        app: Any = ProxyApp(behind.app) if behind.app else assets.asgi()
        served = AsgiLive(assets.origin, dev, app, allowed=allowed_hosts(hosts))
        reporter.step(f"Serving assets at {opened.url}/")
        if behind.app:
            reporter.detail(f"everything else is passed on to {behind.app}")
        server = uvicorn.Server(
            uvicorn.Config(
                served,
                log_level="warning",
                access_log=False,
                lifespan="off",
                # a WebSocket is the app's: its bytes are passed both ways
                ws=functools.partial(Tunnel, behind.app) if behind.app else "none",  # type: ignore[arg-type]
                # open event streams must not hold up the end
                timeout_graceful_shutdown=1,
                server_header=False,
            )
        )
        stack.enter_context(_running(behind.command, project, env, reporter))
        server.run(opened.sockets)


def find_app(behind: Behind, env: Mapping[str, str]) -> tuple[Behind, Mapping[str, str]]:
    """Return what stands behind with its address, and the environment that its command gets.

    A command that does not tell where it will listen is given a free port as PORT.
    """
    if behind.app or not behind.command:
        return behind, env
    address = find_app_address(behind.command, env.get("PORT"))
    if address is None:
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
        address, env = f"127.0.0.1:{port}", {**env, "PORT": str(port)}
    return replace(behind, app=address), env


@contextlib.contextmanager
def _running(
    command: Sequence[str], project: Path, env: Mapping[str, str], reporter: Reporter
) -> Iterator[None]:
    """Run the app's own command beside the server; its lines are passed on."""
    if not command:
        yield
        return
    argv = Command(argv=tuple(command), env=dict(env), cwd=project)
    with running_beside(argv, on_line=reporter.output):
        yield


def build_once(project: Path, *, env: Mapping[str, str]) -> None:
    """Build a project as ``assetbuild compile`` does."""
    reporter = TextReporter(sys.stderr, env=env)
    with AssetBuilder(project, env=env, reporter=reporter) as builder:
        result = builder.build()
    for item in result.diagnostics:
        reporter.diagnostic(item)
