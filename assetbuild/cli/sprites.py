"""``assetbuild sprites``: look at what became of the pictures."""

from __future__ import annotations

from pathlib import Path

import click

from assetbuild.cli.context import Session, with_session


@click.group(
    epilog="""\b
Examples:
  assetbuild sprites preview   a page of all sheets and icons
"""
)
def command() -> None:
    """Look at sprites: sheets of icons, and files of symbols."""


@command.command(
    epilog="""\b
Examples:
  assetbuild sprites preview                  write .assetbuild/sprites.html
  assetbuild sprites preview --output s.html  elsewhere
"""
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page to write (default: .assetbuild/sprites.html).",
)
@with_session
def preview(*, session: Session, output: Path | None) -> None:
    """Write a page with each sheet, every icon, its class and numbers, on light and dark.

    The project is built first, so what the page shows is what is published. It needs no other file.
    """
    from assetbuild.jobs.sprites import preview_sprites  # loads the compiler

    target = session.project / ".assetbuild/sprites.html" if output is None else output.absolute()
    names = preview_sprites(session.project, target, env=session.env, reporter=session.reporter)
    session.reporter.step(f"Wrote {target}: {', '.join(names) or 'no sprites'}")
    session.reporter.result({"page": str(target), "sprites": list(names)})
