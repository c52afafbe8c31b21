"""``assetbuild verify``: fetch what was published and compare it with the build."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.diagnostics import ExitCode
from assetbuild.jobs.publish import open_place
from assetbuild.jobs.verify import verify_assets
from assetbuild.sizes import format_count, format_size


@click.command(
    epilog="""\b
Examples:
  assetbuild verify                                  as pages ask for them
  assetbuild verify --through https://a.example.com  through another host
  assetbuild verify --store                          straight from the store

\b
Pages ask the host in ASSETBUILD_ASSET_HOST; without one it is the store.
"""
)
@click.option("--through", metavar="URL", help="Where the CDN serves the bucket's prefix.")
@click.option("--store", "is_direct", is_flag=True, help="Ask the store itself.")
@with_session
def command(*, session: Session, through: str | None, is_direct: bool) -> int:
    """Check status, bytes, type, coding, cache headers and CORS of every published asset."""
    if through is not None and is_direct:
        raise click.UsageError("--through and --store exclude each other")
    place = open_place(session.project, session.env, session.reporter, doing="Verifying")
    result = verify_assets(place, through=through, is_direct=is_direct)
    for item in result.findings:
        session.reporter.diagnostic(item)
    failed = sum(1 for one in result.findings if one.is_error)
    session.reporter.detail(
        f"{format_count(result.checked, 'object')} checked ({format_size(result.bytes)}), "
        f"{format_count(failed, 'error')}"
    )
    session.reporter.result({"checked": result.checked, "bytes": result.bytes, "errors": failed})
    return ExitCode.FIXABLE if failed else ExitCode.DONE
