"""``assetbuild releases``: what the bucket's ledger knows."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.jobs.bucket import RecordedRelease, list_releases
from assetbuild.jobs.publish import open_place
from assetbuild.reporting import write_output
from assetbuild.sizes import format_count, format_size


@click.command(
    epilog="""\b
Examples:
  assetbuild releases               oldest first; each app's newest is current
  assetbuild releases --json | jq '.result[-1].manifest'
"""
)
@with_session
def command(*, session: Session) -> None:
    """Show the releases that the bucket's ledger knows, oldest first.

    The newest of each app is current; "built here" is the one in the output folder.
    """
    place = open_place(session.project, session.env, session.reporter, doing="Releases in")
    releases = list_releases(place)
    if session.is_json:
        session.reporter.result([_to_json(one) for one in releases])
        return
    if not releases:
        session.reporter.detail("no release is recorded")
    for one in releases:
        write_output(_format(one))


def _to_json(release: RecordedRelease) -> dict[str, object]:
    record = release.record
    return {
        "record": record.name,
        "time": record.time.isoformat(),
        "app": record.app,
        "manifest": record.manifest,
        "source": record.source,
        "objects": len(record.objects),
        "bytes": sum(fact.size for fact in record.objects.values()),
        "current": release.is_current,
        "built": release.is_built,
    }


def _format(release: RecordedRelease) -> str:
    record = release.record
    size = format_size(sum(fact.size for fact in record.objects.values()))
    fields = [
        f"{record.time:%Y-%m-%d %H:%M:%S}",
        record.manifest[:12],
        record.app or "-",
        record.source[:12] or "-",
        f"{format_count(len(record.objects), 'object')}, {size}",
    ]
    marks = ("current",) * release.is_current + ("built here",) * release.is_built
    return "  ".join((*fields, *((", ".join(marks),) if marks else ())))
