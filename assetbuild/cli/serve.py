"""``assetbuild serve``: the dev server, and the production origin."""

from __future__ import annotations

import contextlib

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.cli.signals import Terminated
from assetbuild.diagnostics import UsageError, error


@click.command(
    context_settings={"allow_interspersed_args": False},
    epilog="""\b
Examples:
  assetbuild serve                                   the assets, live
  assetbuild serve --app http://127.0.0.1:8000       your app behind it
  assetbuild serve -- python manage.py runserver     and starts the app too
  assetbuild serve --app :8000 -- ./my-server        an app on port 8000
  assetbuild serve --production --port $PORT --host 0.0.0.0
                                                     as a CDN's origin
""",
)
@with_session
@click.option("--host", default="127.0.0.1", help="Address to listen on (default: loopback).")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, help="Port (default: 8765); 0: any."
)
@click.option("--app", help="Address of the app; everything but assets is passed on to it.")
@click.option("--profile", help="Profile to build with in development.")
@click.option("--public", "is_public", is_flag=True, help="Allow an address others can reach.")
@click.option("--production", "is_production", is_flag=True, help="Serve what was built.")
@click.option("--workers", type=click.IntRange(1), default=1, help="Processes, in production.")
@click.argument("run", nargs=-1)
def command(
    *,
    session: Session,
    host: str,
    port: int,
    app: str | None,
    profile: str | None,
    is_public: bool,
    is_production: bool,
    workers: int,
    run: tuple[str, ...],
) -> None:
    """Serve the assets: compiled on change with live reload, or as a production origin."""
    from assetbuild.jobs.listening import Listening
    from assetbuild.jobs.production import serve_production

    listening = Listening(host=host, port=port, is_public=is_public)
    if is_production:
        if app or run or profile:
            raise UsageError(
                error("serve/usage", "--production takes no --app, --profile and no command")
            )
        # a platform ends servers by SIGTERM as a matter of course: that is no failure (exit code 0)
        with contextlib.suppress(Terminated):
            serve_production(
                session.project,
                env=session.env,
                reporter=session.reporter,
                listening=listening,
                workers=workers,
            )
        return
    from assetbuild.jobs.serve import Behind, serve_dev  # the compilers: only in development

    serve_dev(
        session.project,
        env=session.env,
        reporter=session.reporter,
        listening=listening,
        behind=Behind(
            app="127.0.0.1" + app if app and app.startswith(":") else app,
            command=run,
            profile=profile,
        ),
    )
