"""``assetbuild buildpacks``: what the chain would do."""

from __future__ import annotations

from pathlib import Path

import click

from assetbuild.cli.context import open_session, session_options
from assetbuild.reporting import write_output


@click.group()
def command() -> None:
    """Look at the chain of buildpacks."""


@command.command(
    name="plan",
    epilog="""\b
Examples:
  assetbuild buildpacks plan            which packs would run, in which order
  assetbuild buildpacks plan --json     for a machine
""",
)
@click.option("--stack", help="Stack to tell the packs (default: $STACK, else heroku-24).")
@session_options
def plan(*, project: Path, is_json: bool, verbose: bool, quiet: bool, stack: str | None) -> int:
    """Show order, revisions, detect on a copy and whose release counts; runs no compile."""
    from assetbuild.buildpacks.place import PlaceRequest
    from assetbuild.jobs.plan import plan_chain

    session = open_session(project=project, is_json=is_json, verbose=verbose, quiet=quiet)
    request = PlaceRequest(
        build_dir=session.project, cache_dir=session.project / ".assetbuild-plan", stack=stack
    )
    found = plan_chain(request, host=session.env, reporter=session.reporter)
    if is_json:
        session.reporter.result(found.to_json())
        return 0 if found.ok else 1
    for number, one in enumerate(found.packs, start=1):
        where = f" in {one.dir}/" if one.dir else ""
        commit = f" @ {one.commit[:12]}" if one.commit else ""
        name = f" ({one.name})" if one.name else ""
        write_output(f"{number}. {one.label}{commit}{where}{name}: {one.verdict}")
    asked = ", ".join(found.release) or "no pack has one"
    write_output(f"release, rule {found.rule}: {asked}")
    return 0 if found.ok else 1
