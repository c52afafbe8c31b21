"""``assetbuild release -- COMMAND``: publish, then become the app's own release command."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.cli.upload import run_upload
from assetbuild.process import replace_process


@click.command(
    epilog="""\b
Examples:
  assetbuild release -- python manage.py migrate
  assetbuild release                              the same as upload
In a Procfile:
  release: assetbuild release -- python manage.py migrate
"""
)
@click.argument("argv", nargs=-1, type=click.UNPROCESSED)
@with_session
def command(*, session: Session, argv: tuple[str, ...]) -> None:
    """Publish the assets, then run COMMAND in this process's place.

    COMMAND runs only when every asset is published; its exit code is the release's.
    """
    run_upload(session, is_dry=False, is_forced=False)
    if argv:
        replace_process(argv, session.env)
