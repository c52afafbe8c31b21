"""``assetbuild init``: write a small configuration for what is here."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.jobs.init import name_first_root, write_config
from assetbuild.jobs.survey import SITE, FoundProject
from assetbuild.reporting import Reporter
from assetbuild.wrapping import WIDTH, wrap_line


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
    path, found = write_config(session.project, session.env, is_forced=is_forced)
    reporter = session.reporter
    kind = found.generator.name if found.generator else found.framework
    reporter.step(f"Wrote {path.name}" + (f" for {kind}" if kind else ""))
    first = name_first_root(found)
    _tell(reporter, "sources: " + (", ".join(found.roots) or f"none yet: {first}/ is not there"))
    if found.left_out:
        _tell(reporter, f"left out: {', '.join(found.left_out)}: git ignores it, so a tool made it")
    if found.exclude:
        _tell(reporter, f"excluded: {', '.join(found.exclude)}: git ignores what is compiled")
    if found.apps:
        alone = f"assetbuild init --project {found.apps[0]}"
        _tell(reporter, f"these lie in {', '.join(found.apps)}; to set up one alone: {alone}")
    if found.unignored:
        ignored = " and ".join(found.unignored)
        _tell(reporter, f"add {ignored} to .gitignore: built files are not committed")
    _tell(reporter, f"next: {_name_next(found, first)}")
    reporter.result({"file": path.name, "roots": list(found.roots), "framework": found.framework})


def _name_next(found: FoundProject, first: str) -> str:
    if found.generator is not None:
        return f"{found.generator.command}, then assetbuild compile"
    if not found.roots:
        what = "move the pages and what they use" if found.framework == SITE else "put the sources"
        return f"mkdir {first}, {what} there, then assetbuild compile"
    if found.framework == "Django" and not found.apps:
        # it collects what other apps bring, where the settings say so
        return "the settings (docs/how-to/django.md), then python manage.py assetbuild"
    return "assetbuild compile"


def _tell(reporter: Reporter, text: str) -> None:
    for line in wrap_line(text, width=WIDTH - 2, rest="  "):
        reporter.detail(line)
