"""``assetbuild config``: the resolved configuration and where each value came from."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.config.load import load_config
from assetbuild.config.show import list_values
from assetbuild.reporting import write_output
from assetbuild.wrapping import WIDTH


@click.command(
    epilog="""\b
Examples:
  assetbuild config                 every value, with its origin
  assetbuild config --json | jq     for a machine
"""
)
@with_session
def command(*, session: Session) -> None:
    """Show the resolved configuration and where each value came from."""
    values = list_values(load_config(session.project))
    if session.is_json:
        session.reporter.result(
            {one.key: {"value": one.value, "origin": one.origin} for one in values}
        )
        return
    width = max(len(f"{one.key} = {one.toml}") for one in values if len(one.toml) < 40)
    for one in values:
        line = f"{one.key} = {one.toml}".ljust(width)
        origin = f"# {one.origin}"
        is_wide = len(line) + 2 + len(origin) > WIDTH
        write_output(f"{origin}\n{line.rstrip()}" if is_wide else f"{line}  {origin}")
