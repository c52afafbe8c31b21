"""``assetbuild doctor``: find what commonly goes wrong, and say what to do."""

from __future__ import annotations

from collections import Counter

import click

from assetbuild.annotations import diagnostic_to_json
from assetbuild.cli.context import Session, with_session
from assetbuild.diagnostics import ExitCode
from assetbuild.jobs.doctor import DoctorOptions, examine
from assetbuild.sizes import format_count


@click.command(
    epilog="""\b
Examples:
  assetbuild doctor              look at everything; exit 1 on an error
  assetbuild doctor --offline    ask no bucket and no site
  assetbuild doctor --through https://www.example.com
  assetbuild doctor --project build/        a slug that was built here
  heroku run assetbuild doctor   where the keys are
"""
)
@click.option("--offline", "is_offline", is_flag=True, help="Ask no bucket and no site.")
@click.option("--through", metavar="URL", help="Your site: learn which server is in front.")
@with_session
def command(
    *,
    session: Session,
    is_offline: bool,
    through: str | None,
) -> int:
    """Find what commonly goes wrong with an app, its slug, its bucket and its server.

    A small object is put into the bucket and deleted again; nothing else is changed. Warnings
    alone end with exit code 0.
    """
    reporter = session.reporter
    checks = examine(
        session.project,
        session.env,
        reporter,
        DoctorOptions(is_offline=is_offline, through=through),
    )
    for check in checks:
        reporter.step(f"{check.name:<14}{check.state:<9}{check.told}")
        for item in check.findings:
            reporter.diagnostic(item)
    states = Counter(item.severity.value for check in checks for item in check.findings)
    errors, warnings = states["error"], states["warning"]
    reporter.step(f"{format_count(errors, 'error')}, {format_count(warnings, 'warning')}")
    reporter.result(
        {
            "errors": errors,
            "warnings": warnings,
            "checks": [
                {
                    "name": check.name,
                    "state": check.state,
                    "told": check.told,
                    "findings": [diagnostic_to_json(item) for item in check.findings],
                }
                for check in checks
            ],
        }
    )
    return ExitCode.FIXABLE if errors else ExitCode.DONE
