"""``assetbuild clean``: remove what builds made."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.jobs.clean import clean_project
from assetbuild.sizes import format_count


@click.command(
    epilog="""\b
Examples:
  assetbuild clean            remove the outputs of this project
  assetbuild cache prune --all    forget compiled results of all projects too
"""
)
@with_session
def command(*, session: Session) -> None:
    """Remove the outputs that the manifest lists; files of others stay."""
    cleaned = clean_project(session.project, env=session.env, reporter=session.reporter)
    session.reporter.step(f"Removed {format_count(cleaned.removed, 'file')} from {cleaned.output}")
    if cleaned.left:
        session.reporter.detail(
            f"{format_count(cleaned.left, 'file')} that no manifest names: left there"
        )
    session.reporter.result(
        {"output": cleaned.output, "removed": cleaned.removed, "left": cleaned.left}
    )
