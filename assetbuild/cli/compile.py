"""``assetbuild compile``: build every asset, hash it, write the manifest."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from assetbuild.assets.result import BuildOptions, BuildResult
from assetbuild.cli.context import Session, with_session
from assetbuild.jobs.build import AssetBuilder
from assetbuild.reporting import Reporter
from assetbuild.sizes import format_count, format_size


@click.command(
    epilog="""\b
Examples:
  assetbuild compile                         build into public/assets/
  assetbuild compile --release               smallest variants, for a deploy
  assetbuild compile --profile development   readable: nothing is minified
  assetbuild compile --output dist --force   elsewhere, and from the sources
  assetbuild compile --watch                 and again at each change
  assetbuild compile --check-reproducible    twice, and compare
  assetbuild compile --format github         annotate a pull request
"""
)
@click.option(
    "--release", is_flag=True, help="Make the variants as small as they get, as bin/compile does."
)
@click.option("--profile", help="Profile of settings: production, development, or your own.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that receives the outputs.",
)
@click.option(
    "--cache-dir", type=click.Path(file_okay=False, path_type=Path), help="Folder of the cache."
)
@click.option(
    "--previous-store",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that lasts between builds, for [serve] keep_previous outside the buildpack.",
)
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--force", is_flag=True, help="Build also when nothing seems to have changed.")
@click.option("--jobs", type=click.IntRange(1), help="Compilers that run at once.")
@click.option("--watch", is_flag=True, help="Build again whenever a source changes.")
@click.option("--check-reproducible", is_flag=True, help="Build twice without a cache and compare.")
@with_session
def command(
    *,
    session: Session,
    release: bool,
    profile: str | None,
    output: Path | None,
    cache_dir: Path | None,
    previous_store: Path | None,
    no_cache: bool,
    force: bool,
    jobs: int | None,
    watch: bool,
    check_reproducible: bool,
) -> None:
    """Build every asset: compile, rewrite references, name by content, write the manifest.

    Nothing changes in the output folder unless the whole build is well. A second run with
    nothing changed does nothing.
    """
    # a build's values live to its end: to look for cycles among them after every 700th new one
    # takes a tenth of its time
    gc.set_threshold(100_000, 20, 100)
    options = BuildOptions(
        profile=profile,
        output=None if output is None else output.absolute(),
        cache_dir=None if cache_dir is None else cache_dir.absolute(),
        uses_cache=not no_cache,
        is_forced=force,
        is_dev=watch,
        is_release=release,
        jobs=jobs,
    )
    if check_reproducible:
        from assetbuild.jobs.reproducible import check_project  # loads the whole compiler

        count = check_project(session.project, session.env, session.reporter, options)
        session.reporter.step(f"Reproducible: {count} files, the same bytes twice")
        session.reporter.result({"files": count})
        return
    with AssetBuilder(
        session.project, env=session.env, reporter=session.reporter, options=options
    ) as builder:
        if watch:
            from assetbuild.jobs.watch import watch_project  # loads the watcher

            watch_project(builder, session.reporter, lambda result: _tell(session, result))
            return
        result = builder.build()
    _tell(session, result)
    if previous_store is not None:
        # only where it is asked for
        from assetbuild.config.load import load_config
        from assetbuild.jobs.previous import keep_releases

        config = load_config(session.project)
        keep_releases(result.output, previous_store.absolute(), config, session.reporter)


def _tell(session: Session, result: BuildResult) -> None:
    reporter = session.reporter
    for item in result.diagnostics:
        reporter.diagnostic(item)
    stats = result.stats
    if stats.is_up_to_date:
        reporter.step(
            f"Assets are up to date ({format_count(stats.outputs, 'output')}, {stats.seconds:.2f} s)"
        )
    else:
        reporter.step(f"Built {format_count(stats.outputs, 'asset')} in {stats.seconds:.2f} s")
        reporter.detail(
            f"sources: {stats.compiled} compiled, {stats.cached} from the cache, "
            f"{stats.copied} copied"
        )
        reporter.detail(f"files written: {stats.written}, source maps and variants among them")
        if result.variant_levels:
            levels = ", ".join(f"{name} {level}" for name, level in result.variant_levels.items())
            reporter.detail(f"variants: {levels}")
        _tell_largest(reporter, result)
    if session.is_json:
        reporter.result(
            {
                "output": str(result.output),
                "changed": list(result.changed),
                "outputs": {str(name): one.hashed for name, one in result.manifest.entries.items()},
                "up_to_date": stats.is_up_to_date,
                "variants": result.variant_levels,
                "seconds": round(stats.seconds, 3),
            }
        )


def _tell_largest(reporter: Reporter, result: BuildResult) -> None:
    entries = [
        one for one in result.manifest.entries.values() if one.media_type != "application/json"
    ]
    for one in sorted(entries, key=lambda one: (-one.size, one.logical))[:8]:
        reporter.verbose(f"{format_size(one.size):>8}  {one.hashed}")
