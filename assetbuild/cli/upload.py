"""``assetbuild upload``: publish the build; the release phase's command."""

from __future__ import annotations

import time

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.jobs.publish import open_place, publish_assets
from assetbuild.publish.plan import PublishPlan
from assetbuild.publish.upload import UploadResult
from assetbuild.reporting import write_output
from assetbuild.sizes import format_count, format_size


@click.command(
    epilog="""\b
Examples:
  assetbuild upload                 publish what changed, record the release
  assetbuild upload --dry-run       what would be put, why, and what it costs
  assetbuild upload --json | jq .result.put

\b
The bucket is named by the environment alone:
  ASSETBUILD_S3_URL=s3://bucket/assets?region=eu-west-1
  ASSETBUILD_S3_URL=file:///tmp/store        a folder, for trying out
"""
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Only tell what would be put.")
@click.option("--force", "is_forced", is_flag=True, help="Put every object again.")
@with_session
def command(*, session: Session, is_dry: bool, is_forced: bool) -> None:
    """Publish the built assets; running it twice equals running it once."""
    run_upload(session, is_dry=is_dry, is_forced=is_forced)


def run_upload(session: Session, *, is_dry: bool, is_forced: bool) -> None:
    """Publish and tell how it went."""
    started = time.monotonic()
    place = open_place(session.project, session.env, session.reporter)

    def show(plan: PublishPlan) -> None:
        for step in plan.puts:
            line = f"put {step.item.key} ({step.reason.value}, {format_size(step.item.size)})"
            if is_dry and not session.is_json:
                write_output(line)
            else:
                session.reporter.verbose(line)

    result = publish_assets(place, is_forced=is_forced, is_dry=is_dry, on_plan=show)
    seconds = time.monotonic() - started
    if session.is_json:
        session.reporter.result(_to_json(result, place.target.label, seconds))
        return
    plan = result.plan
    if is_dry:
        session.reporter.detail(
            f"{format_count(len(plan.puts), 'object')} to put "
            f"({format_size(plan.put_bytes)}, {format_count(plan.put_requests, 'put request')}), "
            f"{len(plan.skips)} there already"
        )
        return
    word = "release recorded" if result.is_recorded_anew else "nothing changed"
    session.reporter.detail(
        f"{word}: {format_count(len(plan.puts), 'object')} put ({format_size(plan.put_bytes)}), "
        f"{len(plan.skips)} there already"
    )
    session.reporter.detail(f"{format_count(result.requests, 'request')}, {seconds:.1f} s")


def _to_json(result: UploadResult, label: str, seconds: float) -> dict[str, object]:
    plan = result.plan
    return {
        "target": label,
        "put": [
            {
                "key": one.item.key,
                "reason": one.reason.value,
                "size": one.item.size,
                "headers": dict(one.item.headers),
            }
            for one in plan.puts
        ],
        "put_bytes": plan.put_bytes,
        "put_requests": plan.put_requests,
        "skipped": len(plan.skips),
        "record": result.record,
        "recorded_anew": result.is_recorded_anew,
        "requests": result.requests,
        "seconds": round(seconds, 3),
    }
