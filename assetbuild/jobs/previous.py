"""Keep the hashed files of earlier releases beside those of a build, as ``[serve]`` asks.

In: a built output folder, the configuration, a folder that lasts between builds, a reporter.
Effects in order, no decisions.
"""

from __future__ import annotations

from pathlib import Path

from assetbuild.config.model import Config
from assetbuild.reporting import Reporter
from assetbuild.serve.previous import keep_previous
from assetbuild.sizes import format_size

STORE_NAME = "previous"
"""Folder in the buildpack's cache that holds earlier releases' files."""


def keep_releases(output: Path, store: Path, config: Config, reporter: Reporter) -> None:
    """Keep what the configuration asks for, and tell what that is."""
    wanted = config.serve.keep_previous
    limit_mb = config.serve.keep_previous_mb
    kept = keep_previous(output, store, keep=wanted, limit_bytes=limit_mb * 1_000_000)
    if not wanted:
        return
    reporter.detail(
        f"earlier releases kept: {kept.releases} of at most {wanted},"
        f" {kept.files} files more, {format_size(kept.size_bytes)}"
    )
    if kept.left_out:
        reporter.detail(
            f"left out: {kept.left_out}, over [serve] keep_previous_mb = {limit_mb}"
            " or no longer whole in the cache"
        )
