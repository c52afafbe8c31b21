"""``assetbuild prune``: delete from the bucket what no kept release uses."""

from __future__ import annotations

from datetime import timedelta

import click

from assetbuild.ages import parse_age
from assetbuild.cli.context import Session, with_session
from assetbuild.diagnostics import UsageError, error
from assetbuild.jobs.bucket import prune_bucket
from assetbuild.jobs.publish import open_place
from assetbuild.publish.prune import PruneLimits, PrunePlan
from assetbuild.reporting import write_output
from assetbuild.sizes import format_count, format_size


@click.command(
    epilog="""\b
Examples:
  assetbuild prune                      what would go; deletes nothing
  assetbuild prune --apply --max-deletes 500
  assetbuild prune --keep-releases 50 --min-age 90d --apply
"""
)
@click.option("--keep-releases", "keep", type=click.IntRange(min=1), help="Releases of each app.")
@click.option("--min-age", metavar="AGE", help="Keep all that is younger: 30d, 12h.")
@click.option("--max-deletes", type=click.IntRange(min=0), help="Refuse to delete more objects.")
@click.option("--below-floor", "is_below", is_flag=True, help="Allow less than 20 and 30d.")
@click.option("--apply", "is_applied", is_flag=True, help="Delete; without it only tell.")
@with_session
def command(
    *,
    session: Session,
    keep: int | None,
    min_age: str | None,
    max_deletes: int | None,
    is_below: bool,
    is_applied: bool,
) -> None:
    """Delete published objects that no kept release names; tells only, unless --apply."""
    doing = "Pruning" if is_applied else "Planning to prune"
    place = open_place(session.project, session.env, session.reporter, doing=doing)
    limits = PruneLimits(
        keep=keep or place.config.publish.keep_releases,
        min_age=_read_age(min_age or place.config.publish.min_age),
        max_deletes=max_deletes,
        is_below_floor_allowed=is_below,
    )

    def show(plan: PrunePlan) -> None:
        for one in plan.objects:
            line = f"delete {one.key} ({format_size(one.size)})"
            if is_applied or session.is_json:
                session.reporter.verbose(line)
            else:
                write_output(line)

    plan = prune_bucket(place, limits, is_applied=is_applied, on_plan=show)
    word = "deleted" if is_applied else "would delete"
    session.reporter.detail(
        f"{word} {format_count(len(plan.objects), 'object')} ({format_size(plan.bytes)}) "
        f"of {format_count(len(plan.records), 'release')}\n"
        f"kept: {format_count(len(plan.kept), 'release')}, "
        f"and {format_count(plan.foreign, 'object')} of others"
    )
    session.reporter.result(
        {
            "applied": is_applied,
            "objects": [one.key for one in plan.objects],
            "bytes": plan.bytes,
            "records": list(plan.records),
            "kept": [one.name for one in plan.kept],
            "foreign": plan.foreign,
        }
    )


def _read_age(text: str) -> timedelta:
    """Return the age that a text means. Errors: ``publish/bad-age``."""
    age = parse_age(text)
    if age is None:
        raise UsageError(
            error("publish/bad-age", f'"{text}" is not an age', hint="write 30d, 12h or 90m")
        )
    return age
