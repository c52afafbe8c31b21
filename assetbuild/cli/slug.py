"""``assetbuild slug``: build a slug here as the platform does, and look at one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.reporting import TextReporter, write_output
from assetbuild.sizes import format_size

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(
    epilog="""\b
Examples:
  assetbuild slug build --app . --out build/
  assetbuild slug report build/
  assetbuild slug sbom build/
"""
)
def command() -> None:
    """Build a slug on this machine, measure it, pack it."""


@command.command(
    name="build",
    epilog="""\b
Examples:
  assetbuild slug build --app . --out build/
  assetbuild slug build --app . --out build/ --tar --stack heroku-24
  assetbuild slug build --app . --out build/ --env-dir config-vars/
""",
)
@click.option("--app", type=_FOLDER, default=Path("."), help="Folder of the app.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder that becomes the slug."
)
@click.option("--tar", "is_tar", is_flag=True, help="Also write OUT.tgz, the same for same files.")
@click.option("--stack", help="Stack to tell the packs (default: $STACK, else heroku-24).")
@click.option("--env-dir", type=_FOLDER, help="Folder of config vars, one file each.")
@click.option("--cache-dir", type=click.Path(path_type=Path), help="Folder kept between builds.")
@click.option("--path", help="PATH of the first pack (default: the platform's).")
@click.option(
    "--isolate/--no-isolate",
    "is_isolated",
    default=True,
    help="Give the build a /tmp of its own and its folder as /app, where the kernel allows.",
)
@click.option("--offline", "is_offline", is_flag=True, help="Fetch no pack: use stored ones.")
@click.option("--locked", "is_locked", is_flag=True, help="Stop when list and lock differ.")
@with_session
def build(
    *,
    session: Session,
    app: Path,
    out: Path,
    is_tar: bool,
    stack: str | None,
    env_dir: Path | None,
    cache_dir: Path | None,
    path: str | None,
    is_isolated: bool,
    is_offline: bool,
    is_locked: bool,
) -> int:
    """Run the whole chain on a copy of the app: all packs, then the assets.

    A build that fails leaves OUT as it was: the slug before, or nothing.
    """
    from assetbuild.jobs.slug import SlugRequest, build_local_slug, pack_slug

    request = SlugRequest(
        app=app.resolve(),
        out=out.resolve(),
        stack=stack,
        env_dir=None if env_dir is None else env_dir.resolve(),
        cache_dir=None if cache_dir is None else cache_dir.resolve(),
        path=path,
        is_isolated=is_isolated,
        is_offline=is_offline,
        is_locked=is_locked,
    )
    reporter = session.reporter
    if type(reporter) is TextReporter:
        # packs print in the platform's form, and so do we between them
        reporter = TextReporter(
            sys.stderr, env=session.env, is_heroku=True, verbosity=session.verbosity
        )
    built = build_local_slug(request, host=session.env, reporter=reporter)
    if built.ok and is_tar:
        target = request.out.with_name(request.out.name + ".tgz")
        size = pack_slug(request.out, target)
        reporter.step(f"Packed {target}, {format_size(size)}")
    session.reporter.result(dict(built.report))
    return 0 if built.ok else 1


@command.command(
    name="report",
    epilog="""\b
Examples:
  assetbuild slug report build/          size by pack and folder, budget
  assetbuild slug report build/ --json   for a machine
""",
)
@click.argument("slug", type=_FOLDER)
@with_session
def report(*, session: Session, slug: Path) -> int:
    """Measure a slug; exit 1 when it is over its budget ([chain] slug-budget-mb)."""
    from assetbuild.buildpacks.slug import dump_slug_report, render_slug_report
    from assetbuild.config.load import load_config
    from assetbuild.jobs.slug import measure_slug

    budget = load_config(slug.resolve()).chain.slug_budget_mb
    found = measure_slug(slug.resolve(), budget_mb=budget)
    if session.is_json:
        session.reporter.result(dump_slug_report(found))
    else:
        write_output(render_slug_report(found))
    return 1 if found.is_over else 0


@command.command(
    name="sbom",
    epilog="""\b
Examples:
  assetbuild slug sbom build/ > sbom.cdx.json     for a scanner
  heroku run assetbuild slug sbom                 of the slug that runs
""",
)
@click.argument("slug", type=_FOLDER, default=Path("."))
@with_session
def sbom(*, session: Session, slug: Path) -> None:
    """Print what the slug carries for its release phase, as CycloneDX JSON.

    The app's own packages are not in it: the packs installed them, and their tools know them.
    """
    from assetbuild.jobs.slug import read_sbom

    text = read_sbom(slug.resolve())
    if session.is_json:
        session.reporter.result(json.loads(text))
    else:
        write_output(text)
