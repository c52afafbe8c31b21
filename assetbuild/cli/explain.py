"""``assetbuild explain``: how an output came to be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from assetbuild.assets.manifest import MANIFEST_NAME, parse_manifest
from assetbuild.cli.context import Session, with_session
from assetbuild.config.load import load_config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.explain import Explanation, explain_output
from assetbuild.reporting import write_output
from assetbuild.sizes import format_size

_SHOWN = 12  # candidates that were looked for can be hundreds


def _complete_name(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    # a project that is not built, or not to be read, completes nothing
    with contextlib.suppress(AssetbuildError, OSError):
        project = Path(ctx.params.get("project") or ".")
        data = (project / load_config(project).assets.output / MANIFEST_NAME).read_bytes()
        names = parse_manifest(data, file=MANIFEST_NAME).entries
        return [one for one in sorted(names) if one.startswith(incomplete)]
    return []


@click.command(
    epilog="""\b
Examples:
  assetbuild explain css/app.css           by the name the app uses
  assetbuild explain assets/css/app.scss   by its source
  assetbuild explain css/app.css --json | jq .result.inputs
"""
)
@click.argument("name", shell_complete=_complete_name)
@with_session
def command(*, session: Session, name: str) -> None:
    """Tell what an output is made of, with what, what it names, and why it was made anew."""
    found = explain_output(session.project, name, env=session.env, reporter=session.reporter)
    if session.is_json:
        session.reporter.result(_to_json(found))
        return
    limit = None if session.verbosity > 0 else _SHOWN
    for line in _render(found, limit):
        write_output(line)


def _render(found: Explanation, limit: int | None) -> Iterator[str]:
    entry = found.entry
    yield entry.logical
    yield f"  served as      {entry.hashed}"
    yield f"  size           {format_size(entry.size)}, {entry.media_type}"
    yield f"  made of        {found.source or 'several files, as a bundle'} ({found.language})"
    yield f"  made anew      because {found.reason}"
    for note in found.notes:
        yield f"  {note}"
    for coding, variant in sorted(entry.variants.items()):
        yield f"  {coding:<14} {format_size(variant.size)}"
    yield from _list("inputs", found.inputs, limit)
    yield from _list("options", (f"{name} = {value}" for name, value in found.options), limit)
    yield from _list("tools", (f"{name} {version}" for name, version in found.tools), limit)
    yield from _list("names", entry.references, limit)
    yield from _list("is named by", found.referenced_by, limit)
    yield from _list("would change if there were", found.looked_for, limit)


def _list(title: str, lines: Iterable[str], limit: int | None) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield f"  {title}"
        yield from (f"    {line}" for line in listed[:limit])
        if limit is not None and len(listed) > limit:
            yield f"    and {len(listed) - limit} more (--verbose)"


def _to_json(found: Explanation) -> dict[str, object]:
    entry = found.entry
    return {
        "output": entry.logical,
        "hashed": entry.hashed,
        "source": found.source,
        "language": found.language,
        "inputs": list(found.inputs),
        "looked_for": list(found.looked_for),
        "options": dict(found.options),
        "tools": dict(found.tools),
        "references": list(entry.references),
        "referenced_by": list(found.referenced_by),
        "notes": list(found.notes),
        "reason": found.reason,
    }
