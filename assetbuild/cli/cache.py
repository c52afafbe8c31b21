"""``assetbuild cache``: look at the cache of compiled results, and bound it."""

from __future__ import annotations

import click

from assetbuild.assets.cache import BuildCache, CacheInfo
from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.cli.context import Session, with_session
from assetbuild.config.load import load_config
from assetbuild.diagnostics import UsageError, error
from assetbuild.reporting import write_output
from assetbuild.sizes import format_count, format_size, parse_size


@click.group(
    epilog="""\b
Examples:
  assetbuild cache info
  assetbuild cache prune --size "500 MB"
  assetbuild cache prune --all
"""
)
def command() -> None:
    """Look at the cache of compiled results that all projects share, and bound it."""


@command.command(epilog="\b\nExamples:\n  assetbuild cache info --json")
@with_session
def info(*, session: Session) -> None:
    """Tell where the cache is and what it holds."""
    _tell(session, BuildCache(default_cache_dir(session.env)).info())


@command.command(epilog='\b\nExamples:\n  assetbuild cache prune --size "500 MB"')
@click.option("--size", help="Size to prune to (default: [assets] cache-size).")
@click.option("--all", "is_all", is_flag=True, help="Remove every entry.")
@with_session
def prune(*, session: Session, size: str | None, is_all: bool) -> None:
    """Remove the entries used longest ago; results are made again when they are needed."""
    text = size or load_config(session.project).assets.cache_size
    limit = 0 if is_all else parse_size(text)
    if limit is None:
        raise UsageError(
            error("config/wrong-size", f'"{text}" is not a size', hint='write it like "500 MB"')
        )
    _tell(session, BuildCache(default_cache_dir(session.env)).prune(limit))


def _tell(session: Session, found: CacheInfo) -> None:
    if not session.is_json:
        write_output(
            f"{found.folder}: {format_count(found.files, 'file')}, {format_size(found.size_bytes)}"
        )
    session.reporter.result(
        {"folder": found.folder, "files": found.files, "bytes": found.size_bytes}
    )
