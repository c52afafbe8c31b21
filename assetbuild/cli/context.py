"""What every command takes from the system once: project, environment, reporter.

In: options and the process's environment. Out: a Session that jobs receive as arguments.
"""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from assetbuild import __version__
from assetbuild.diagnostics import Diagnostic, sort_diagnostics
from assetbuild.redact import redact_urls
from assetbuild.reporting import GithubReporter, JsonReporter, Reporter, SarifReporter, TextReporter


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The system as a command sees it."""

    project: Path  # absolute folder of the app
    env: Mapping[str, str]  # environment of this process, read once
    reporter: Reporter  # where lines go
    is_json: bool  # the caller is a machine
    verbosity: int  # -1: only errors and results; 1: more, and lists whole


FORMATS = ("text", "json", "github", "sarif")

_FORMAT_KEY = "assetbuild.format"  # in the click context: every command has it, none handles it


def _keep_format(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    ctx.meta[_FORMAT_KEY] = value


def with_session(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a Session to a command, as its argument ``session``.

    Adds --project, --quiet, --verbose, --json and --format, which no command reads by itself.
    """

    @functools.wraps(function)
    def run(*, project: Path, is_json: bool, verbose: bool, quiet: bool, **options: Any) -> Any:
        session = _open_session(project, is_json=is_json, verbosity=-1 if quiet else int(verbose))
        return function(session=session, **options)

    command: Callable[..., Any] = run
    for option in (
        click.option(
            "--format",
            type=click.Choice(FORMATS),
            expose_value=False,
            callback=_keep_format,
            help="How findings are told (default: text).",
        ),
        click.option("--json", "is_json", is_flag=True, help="As --format json."),
        click.option("-v", "--verbose", is_flag=True, help="Tell more; show lists whole."),
        click.option("-q", "--quiet", is_flag=True, help="Tell only errors; results stay."),
        click.option(
            "--project",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            default=Path("."),
            help="Folder of the app (default: this one).",
        ),
    ):
        command = option(command)
    return command


def _open_session(project: Path, *, is_json: bool, verbosity: int) -> Session:
    """Take environment and streams from the system and return the session."""
    env = dict(os.environ)
    context = click.get_current_context()
    form = context.meta.get(_FORMAT_KEY) or ("json" if is_json else "text")
    session = Session(
        project=project.resolve(),
        env=env,
        reporter=_make_reporter(form, env, verbosity=verbosity),
        is_json=form in {"json", "sarif"},
        verbosity=verbosity,
    )
    # where the group finds the reporter when a command ends with an error
    context.find_root().obj = session
    return session


def _make_reporter(form: str, env: Mapping[str, str], *, verbosity: int) -> Reporter:
    if form == "json":
        return JsonReporter(sys.stdout)
    if form == "sarif":
        return SarifReporter(sys.stdout, version=__version__)
    if form == "github":
        return GithubReporter(sys.stderr, sys.stdout, env=env, verbosity=verbosity)
    is_heroku = "DYNO" in env and "STACK" in env
    return TextReporter(sys.stderr, env=env, is_heroku=is_heroku, verbosity=verbosity)


def tell_errors(diagnostics: Sequence[Diagnostic]) -> None:
    """Tell errors of a command that has no session yet, or ends after it."""
    reporter = _make_reporter("text", os.environ, verbosity=0)
    for item in sort_diagnostics(diagnostics):
        reporter.diagnostic(item)


def report_bug(failure: Exception, arguments: Sequence[str]) -> str:
    """Write a report of an internal error and return the one line that names it."""
    import tempfile  # loads the random numbers' modules; here alone is it needed

    text = "".join(traceback.format_exception(failure))
    report = (
        f"assetbuild {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n"
        f"arguments: {list(arguments)}\n\n{text}"
    )
    handle, path = tempfile.mkstemp(prefix="assetbuild-report-", suffix=".txt")
    with open(handle, "w", encoding="utf-8") as file:
        file.write(redact_urls(report))
    return f"assetbuild has a bug: {type(failure).__name__}; please send the report {path}\n"
