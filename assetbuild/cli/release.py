"""``assetbuild release -- COMMAND``: publish, then become the app's own release command."""

from __future__ import annotations

from pathlib import Path

import click

from assetbuild.cli.context import open_session, session_options
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
@session_options
def command(
    *, project: Path, is_json: bool, verbose: bool, quiet: bool, argv: tuple[str, ...]
) -> None:
    """Publish the assets, then run COMMAND in this process's place.

    COMMAND runs only when every asset is published; its exit code is the release's.
    """
    session = open_session(project=project, is_json=is_json, verbose=verbose, quiet=quiet)
    run_upload(session, is_dry=False, is_forced=False)
    if argv:
        replace_process(argv, session.env)
