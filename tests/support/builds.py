"""Build a small tree in a test, as the command would, and look at what lies on disk."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from assetbuild.assets.result import BuildOptions, BuildResult
from assetbuild.diagnostics import AssetbuildError, Diagnostic
from assetbuild.jobs.build import AssetBuilder
from assetbuild.paths import LogicalPath
from assetbuild.reporting import TextReporter
from tests.support.tree import read_tree, write_tree

# HOME is where compilers are kept from run to run; what a build remembers goes beside its project
ENV: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "HOME": str(Path.home())}


def options_for(project: Path, **changes: object) -> BuildOptions:
    """Return options whose cache lies beside the project."""
    values: dict[str, object] = {"cache_dir": project.parent / f"{project.name}-cache", "jobs": 1}
    return BuildOptions(**{**values, **changes})  # type: ignore[arg-type]


def build(
    project: Path, files: Mapping[str, str | bytes] | None = None, **changes: object
) -> BuildResult:
    """Write the files below the project, build it once, return the result."""
    write_tree(project, files or {})
    reporter = TextReporter(io.StringIO(), env={})
    options = options_for(project, **changes)
    with AssetBuilder(project, env=ENV, reporter=reporter, options=options) as builder:
        return builder.build()


def failing(
    project: Path, files: Mapping[str, str | bytes] | None = None, **changes: object
) -> tuple[Diagnostic, ...]:
    """Build what must fail, and return all diagnostics."""
    try:
        build(project, files, **changes)
    except AssetbuildError as failure:
        return failure.diagnostics
    raise AssertionError("the build ended well")


def told(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[str, str]]:
    """Return code and ``file:line:column`` of each diagnostic."""
    found = []
    for one in diagnostics:
        where = one.location
        place = "" if where is None else f"{where.file}:{where.line}:{where.column}"
        found.append((one.code, place))
    return found


def output_of(result: BuildResult, logical: str) -> bytes:
    """Return the bytes of an output on disk."""
    return (result.output / result.manifest.entries[LogicalPath(logical)].hashed).read_bytes()


def outputs(project: Path) -> dict[str, bytes]:
    """Return every file below public/assets."""
    folder = project / "public/assets"
    return read_tree(folder) if folder.is_dir() else {}
