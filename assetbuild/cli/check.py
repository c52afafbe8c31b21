"""``assetbuild check``: names of assets in templates that the build does not make."""

from __future__ import annotations

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.diagnostics import ExitCode
from assetbuild.jobs.check import check_names
from assetbuild.sizes import format_count


@click.command(
    epilog="""\b
Examples:
  assetbuild check                      build, then look into every template
  assetbuild check --no-build           hold against the manifest there
  assetbuild check --format github      annotate a pull request
  assetbuild check --json | jq .result.missing

A file to leave out goes into [usage] exclude, a name that something else
serves into [usage] elsewhere, a helper of your own into [usage] helpers.
"""
)
@click.option("--no-build", is_flag=True, help="Use the manifest of the last build as it is.")
@with_session
def command(*, session: Session, no_build: bool) -> None:
    """Find names in templates and sources that are not in the manifest.

    {% static %}, {% asset %}, url_for('static', …), asset_url(), asset_path, Rails' and Vite's
    tags are known, also in Python, Ruby, PHP and Elixir. Exit code 1 where a name is missing.
    """
    found = check_names(
        session.project, env=session.env, reporter=session.reporter, builds=not no_build
    )
    reporter = session.reporter
    for item in found.found:
        reporter.diagnostic(item)
    missing = found.missing
    verdict = (
        "all are there" if not missing else f"{missing} {'is' if missing == 1 else 'are'} not there"
    )
    if found.files:
        names, files = format_count(found.names, "name"), format_count(len(found.files), "file")
        reporter.step(f"Checked {names} in {files}: {verdict}")
    else:
        reporter.step("Nothing to check: no template and no code names an asset by a helper")
    if found.computed:
        reporter.detail(f"{found.computed} more are computed: of those only the start was checked")
    for file in found.files:
        reporter.verbose(file)
    reporter.result(
        {
            "names": found.names,
            "computed": found.computed,
            "missing": missing,
            "files": found.files,
        }
    )
    if missing:
        click.get_current_context().exit(ExitCode.FIXABLE)
