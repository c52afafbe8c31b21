"""``assetbuild releases``: what the bucket's ledger knows."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.jobs.publish import list_releases, open_place
from assetbuild.reporting import write_output
from assetbuild.sizes import format_count, format_size


@click.command(
    epilog="""\b
Examples:
  assetbuild releases               oldest first
  assetbuild releases --json | jq '.result[-1].manifest'
"""
)
@with_session
def command(*, session: Session) -> None:
    """Show the releases that the bucket's ledger knows, oldest first."""
    place = open_place(session.project, session.env, session.reporter, doing="Releases in")
    records = list_releases(place)
    if session.is_json:
        session.reporter.result(
            [
                {
                    "record": one.name,
                    "time": one.time.isoformat(),
                    "app": one.app,
                    "manifest": one.manifest,
                    "source": one.source,
                    "objects": len(one.objects),
                    "bytes": sum(fact.size for fact in one.objects.values()),
                }
                for one in records
            ]
        )
        return
    if not records:
        session.reporter.detail("no release is recorded")
    for one in records:
        size = format_size(sum(fact.size for fact in one.objects.values()))
        write_output(
            f"{one.time:%Y-%m-%d %H:%M:%S}  {one.manifest[:12]}  {one.app or '-'}  "
            f"{one.source[:12] or '-'}  {format_count(len(one.objects), 'object')}, {size}"
        )
