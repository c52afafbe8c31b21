"""``assetbuild clean``: remove what builds made."""

from __future__ import annotations

from pathlib import Path

import click

from assetbuild.cli.context import open_session, session_options
from assetbuild.jobs.clean import clean_project
from assetbuild.sizes import format_count


@click.command(
    epilog="""\b
Examples:
  assetbuild clean            remove the outputs of this project
  assetbuild cache prune --all    forget compiled results of all projects too
"""
)
@session_options
def command(*, project: Path, is_json: bool, verbose: bool, quiet: bool) -> None:
    """Remove the outputs that the manifest lists; files of others stay."""
    session = open_session(project=project, is_json=is_json, verbose=verbose, quiet=quiet)
    cleaned = clean_project(session.project, env=session.env, reporter=session.reporter)
    session.reporter.step(f"Removed {format_count(cleaned.removed, 'file')} from {cleaned.output}")
    if cleaned.left:
        session.reporter.detail(
            f"{format_count(cleaned.left, 'file')} that no manifest names: left there"
        )
    session.reporter.result(
        {"output": cleaned.output, "removed": cleaned.removed, "left": cleaned.left}
    )
