"""``assetbuild buildpacks``: what the chain would do, and exactly which packs it would run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.reporting import write_output

if TYPE_CHECKING:
    from assetbuild.jobs.packs import PackSource


@click.group(
    epilog="""\b
Examples:
  assetbuild buildpacks explain     where the list comes from
  assetbuild buildpacks plan        what would run
  assetbuild buildpacks lock        pin every pack
  assetbuild buildpacks outdated    what moved on since
"""
)
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
@with_session
def plan(*, session: Session, stack: str | None) -> int:
    """Show order, revisions, detect on a copy and whose release counts; runs no compile."""
    from assetbuild.buildpacks.place import PlaceRequest
    from assetbuild.jobs.plan import plan_chain

    request = PlaceRequest(
        build_dir=session.project, cache_dir=session.project / ".assetbuild-plan", stack=stack
    )
    found = plan_chain(request, host=session.env, reporter=session.reporter)
    if session.is_json:
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


@command.command(
    name="explain",
    epilog="""\b
Examples:
  assetbuild buildpacks explain         where the list is from, what it means
  assetbuild buildpacks explain --json  for a machine
""",
)
@with_session
def explain(*, session: Session) -> None:
    """Show which file names the packs, which ones lost to it, and what each entry means."""
    from assetbuild.config.load import load_config
    from assetbuild.jobs.packs import read_pack_list

    listed = read_pack_list(session.project, load_config(session.project))
    if session.is_json:
        session.reporter.result(
            {
                "source": listed.source,
                "looked": [{"place": place, "packs": count} for place, count in listed.looked],
                "packs": [
                    {
                        "url": one.label,
                        "kind": one.kind,
                        "revision": one.revision,
                        "dir": one.config.dir,
                        "file": one.origin.file,
                        "line": one.origin.line,
                    }
                    for one in listed.refs
                ],
                "left_out": [{"file": one.file, "line": one.line} for one in listed.left_out],
            }
        )
        return
    write_output("The first place that names a pack wins whole:")
    for number, (place, count) in enumerate(listed.looked, start=1):
        verdict = f"{count} packs" if count != 1 else "1 pack"
        if place == listed.source:
            verdict += " (this one counts)"
        elif count:
            verdict += " (not used)"
        write_output(f"  {number}. {place}: {verdict}")
    for one in listed.refs:
        where = f" in {one.config.dir}/" if one.config.dir else ""
        write_output(f"{one.origin.file}:{one.origin.line}: {one.kind} {one.label}{where}")
    for left in listed.left_out:
        write_output(f"{left.file}:{left.line}: assetbuild itself, left out")


@command.command(
    name="lock",
    epilog="""\b
Examples:
  assetbuild buildpacks lock            write .buildpacks.lock
  git add .buildpacks.lock              builds use exactly these from now on
""",
)
@with_session
def lock(*, session: Session) -> None:
    """Write .buildpacks.lock: full sha and tree digest, or sha256, of every pack."""
    from assetbuild.jobs.pack_lock import lock_packs

    locked = lock_packs(session.project, _source(session))
    for one in locked:
        session.reporter.detail(f"{one.url} is {one.commit or one.sha256}")
    session.reporter.detail("written to .buildpacks.lock: commit it")
    session.reporter.result({"locked": len(locked)})


@command.command(
    name="outdated",
    epilog="""\b
Examples:
  assetbuild buildpacks outdated        exit 1 when one is newer or gone
  assetbuild buildpacks outdated --json for a machine
""",
)
@with_session
def outdated(*, session: Session) -> int:
    """Compare .buildpacks.lock with what the packs' repositories say now."""
    from assetbuild.jobs.pack_lock import find_outdated

    found = find_outdated(session.project, _source(session))
    if session.is_json:
        session.reporter.result([one.to_json() for one in found])
    else:
        for one in found:
            state = one.trouble or "current"
            if not one.trouble and not one.is_current:
                state = f"{(one.locked or 'not locked')[:12]} -> {(one.now or '')[:12]}"
            write_output(f"{one.label}: {state}")
    return 0 if all(one.is_current for one in found) else 1


def _source(session: Session) -> PackSource:
    from assetbuild.jobs.packs import PackSource, find_user_store

    return PackSource(
        store=find_user_store(session.env), host=session.env, reporter=session.reporter
    )
