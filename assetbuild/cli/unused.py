"""``assetbuild unused``: outputs that nothing in the app names."""

from __future__ import annotations

import click

from assetbuild.assets.usage.unused import Place, UnusedOutput, UnusedResult
from assetbuild.cli.context import Session, with_session
from assetbuild.diagnostics import Diagnostic, ExitCode, Location, warning
from assetbuild.jobs.unused import find_unused_outputs
from assetbuild.reporting import Reporter, TextReporter
from assetbuild.sizes import format_count, format_size

_MEANT = 3  # outputs shown that one place could mean
_SHOWN = 50  # rows of a table; --verbose shows all


@click.command(
    epilog="""\b
Examples:
  assetbuild unused                            name them, largest first
  assetbuild unused --verbose                  and the files looked in
  assetbuild unused --json | jq -r '.result.unused[].source'
  assetbuild unused --format github            annotate a pull request

An output that mails or partners name goes into [usage] keep, a file that
should not count as use into [usage] exclude.
"""
)
@with_session
def command(*, session: Session) -> None:
    """Name the outputs that no other output, template or source of the app mentions.

    A name that is computed ("img/flag-" + code) could mean several outputs: those are listed
    apart, and are not counted as unused. Exit code 1 where an output is unused.
    """
    reporter = session.reporter
    found = find_unused_outputs(session.project, env=session.env, reporter=reporter)
    if type(reporter) is TextReporter:
        _tell(reporter, found, None if session.verbosity > 0 else _SHOWN)
    else:
        for one in found.unused:
            reporter.diagnostic(_to_diagnostic(one))
    reporter.result(_to_json(found))
    if found.unused:
        click.get_current_context().exit(ExitCode.FIXABLE)


def _tell(reporter: Reporter, found: UnusedResult, limit: int | None) -> None:
    size = format_size(sum(one.size for one in found.unused))
    looked = f"looked in {len(found.files)} files"
    if not found.unused:
        reporter.step(f"All {found.outputs} outputs are used ({looked})")
    else:
        reporter.step(f"Unused: {len(found.unused)} of {found.outputs} outputs, {size} ({looked})")
    for one in found.unused[:limit]:
        why = f"  named only by {', '.join(one.named_by[:3])}" if one.named_by else ""
        # a source that is copied has its output's name in its own
        is_copy = one.source.endswith(f"/{one.entry.logical}")
        names = [one.source] if is_copy else [one.entry.logical, one.source]
        reporter.detail("  ".join([f"{format_size(one.size):>8}", *filter(None, names)]) + why)
    _tell_rest(reporter, len(found.unused), limit)
    if found.maybe:
        reporter.step(f"Perhaps used: {len(found.maybe)}, by a name that is computed or in part")
        grouped: dict[Place, list[str]] = {}
        for entry, place in found.maybe:
            grouped.setdefault(place, []).append(entry.logical)
        for place, meant in sorted(grouped.items(), key=lambda one: (one[0].file, one[0].line)):
            shown = ", ".join(meant[: limit and _MEANT])
            more = (
                "" if limit is None or len(meant) <= _MEANT else f" and {len(meant) - _MEANT} more"
            )
            reporter.detail(f"{place.file}:{place.line}:{place.column}  {place.written}")
            reporter.detail(f"    {shown}{more}")
    if found.others:
        count = format_count(len(found.others), "output")
        reporter.detail(f"left out: {count} of other apps, which Django collected")
    for file in found.files:
        reporter.verbose(file)


def _tell_rest(reporter: Reporter, count: int, limit: int | None) -> None:
    if limit is not None and count > limit:
        reporter.detail(f"and {count - limit} more (--verbose)")


def _to_diagnostic(one: UnusedOutput) -> Diagnostic:
    return warning(
        "unused/output",
        f'nothing names "{one.entry.logical}" ({format_size(one.size)})',
        location=Location(file=one.source) if one.source else None,
        hint="remove it, or keep it: [usage] keep",
    )


def _to_json(found: UnusedResult) -> dict[str, object]:
    return {
        "outputs": found.outputs,
        "unused": [
            {
                "output": one.entry.logical,
                "source": one.source,
                "bytes": one.size,
                "named_by": list(one.named_by),
            }
            for one in found.unused
        ],
        "maybe": [
            {
                "output": entry.logical,
                "file": place.file,
                "line": place.line,
                "column": place.column,
                "written": place.written,
            }
            for entry, place in found.maybe
        ],
        "kept": found.kept,
        "others": found.others,
        "files": found.files,
    }
