"""``assetbuild tools``: the compilers that builds use."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.reporting import write_output


def _complete_name(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from assetbuild.assets.tools.lock import pinned_tools

    return [one for one in sorted(pinned_tools()) if one.startswith(incomplete)]


@click.group(
    epilog="""\b
Examples:
  assetbuild tools list
  assetbuild tools fetch
"""
)
def command() -> None:
    """List, fetch and find the compilers that builds use."""


@command.command(
    name="list",
    epilog="""\b
Examples:
  assetbuild tools list           which version of each, and where it is from
  assetbuild tools list -v        with their folders
  assetbuild tools list --json    for a machine
""",
)
@with_session
def show(*, session: Session) -> None:
    """Show each compiler's version and whether it is the app's, an extra's or pinned."""
    from assetbuild.jobs.tools import list_tools

    found = list_tools(session.project, session.env)
    if session.is_json:
        session.reporter.result(
            {
                one.name: {
                    "pinned": one.pinned,
                    "version": one.tool.version if one.tool else None,
                    "origin": one.tool.origin if one.tool else None,
                    "path": one.tool.folder if one.tool else None,
                }
                for one in found
            }
        )
        return
    for one in found:
        what = f"{one.pinned:<8}  not fetched yet"
        if one.tool:
            what = f"{one.tool.version:<8}  {one.tool.origin}"
            what += f"  {one.tool.folder}" if session.verbosity > 0 else ""
        write_output(f"{one.name:<15} {what}")


@command.command(
    name="fetch",
    epilog="""\b
Examples:
  assetbuild tools fetch                all, so that builds need no network
  assetbuild tools fetch typescript     only one
""",
)
@click.argument("names", nargs=-1, shell_complete=_complete_name)
@with_session
def fetch(
    *,
    names: tuple[str, ...],
    session: Session,
) -> None:
    """Download pinned compilers into the user's cache, verified by sha512."""
    from assetbuild.jobs.tools import fetch_tools

    found = fetch_tools(session.env, names)
    if session.is_json:
        session.reporter.result({one.name: one.folder for one in found})
        return
    for one in found:
        write_output(f"{one.name} {one.version}  {one.folder}")


@command.command(
    name="path",
    epilog="""\b
Examples:
  assetbuild tools path typescript      what a build would use
""",
)
@click.argument("name", shell_complete=_complete_name)
@with_session
def path(*, name: str, session: Session) -> None:
    """Print the folder of a compiler."""
    from assetbuild.jobs.tools import find_tool_path

    folder = find_tool_path(session.project, session.env, name)
    if session.is_json:
        session.reporter.result({"name": name, "path": folder})
        return
    write_output(folder)
