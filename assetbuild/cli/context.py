"""What every command takes from the system once: project, environment, reporter.

In: options and the process's environment. Out: a Session that jobs receive as arguments.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from assetbuild import __version__
from assetbuild.redact import redact_urls
from assetbuild.reporting import JsonReporter, Reporter, TextReporter

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The system as a command sees it."""

    project: Path  # absolute folder of the app
    env: Mapping[str, str]  # environment of this process, read once
    reporter: Reporter  # where lines go
    is_json: bool  # the caller is a machine


def session_options(function: _F) -> _F:
    """Add --project, --quiet, --verbose and --json to a command."""
    for option in (
        click.option("--json", "is_json", is_flag=True, help="Print one JSON document."),
        click.option("-v", "--verbose", is_flag=True, help="Tell more."),
        click.option("-q", "--quiet", is_flag=True, help="Only errors."),
        click.option(
            "--project",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            default=Path("."),
            help="Folder of the app (default: this one).",
        ),
    ):
        function = option(function)
    return function


def open_session(
    *, project: Path, is_json: bool = False, verbose: bool = False, quiet: bool = False
) -> Session:
    """Take environment and streams from the system and return the session."""
    env = dict(os.environ)
    reporter: Reporter
    if is_json:
        reporter = JsonReporter(sys.stdout)
    else:
        reporter = TextReporter(
            sys.stderr,
            env=env,
            is_heroku="DYNO" in env and "STACK" in env,
            verbosity=-1 if quiet else int(verbose),
        )
    return Session(project=project.resolve(), env=env, reporter=reporter, is_json=is_json)


def report_bug(failure: Exception, arguments: Sequence[str]) -> str:
    """Write a report of an internal error and return the one line that names it."""
    text = "".join(traceback.format_exception(failure))
    report = (
        f"assetbuild {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n"
        f"arguments: {list(arguments)}\n\n{text}"
    )
    handle, path = tempfile.mkstemp(prefix="assetbuild-report-", suffix=".txt")
    with open(handle, "w", encoding="utf-8") as file:
        file.write(redact_urls(report))
    return f"assetbuild has a bug: {type(failure).__name__}; please send the report {path}\n"
