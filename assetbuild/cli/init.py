"""``assetbuild init``: write a small configuration for what is here."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.jobs.init import SITE, name_first_root, write_config


@click.command(
    epilog="""\b
Examples:
  assetbuild init                   write assetbuild.toml for this folder
  assetbuild init --force           write it anew
  assetbuild init --project shop    for another folder
"""
)
@click.option("--force", "is_forced", is_flag=True, help="Replace an assetbuild.toml.")
@with_session
def command(*, session: Session, is_forced: bool) -> None:
    """Write a small commented assetbuild.toml for what this folder holds.

    Nothing else is touched. Without a configuration assetbuild works too: it finds the usual
    source folders by itself.
    """
    path, found = write_config(session.project, is_forced=is_forced)
    reporter = session.reporter
    reporter.step(f"Wrote {path.name}" + (f" for {found.framework}" if found.framework else ""))
    first = name_first_root(found)
    reporter.detail("sources: " + (", ".join(found.roots) or f"none yet: {first}/ is not there"))
    if found.is_git:
        output = "dist/" if found.framework == SITE else "public/assets/"
        reporter.detail(
            f"add {output} and .assetbuild/ to .gitignore: built files are not committed"
        )
    start = "" if found.roots else f"mkdir {first}, put the sources there, then "
    reporter.detail(f"next: {start}assetbuild compile")
    reporter.result({"file": path.name, "roots": list(found.roots), "framework": found.framework})
