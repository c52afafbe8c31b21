"""A builder for tests of the dev server: copies sources under hashed names, fails on "ERROR"."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TextIO

from assetbuild.assets.result import BuildResult, BuildStats
from assetbuild.diagnostics import AssetbuildError, error, locate_offset
from assetbuild.reporting import TextReporter
from assetbuild.serve.dev import DevSite
from tests.serve.site import write_site


class CopyBuilder:
    """Builds ``project/src`` into ``project/out``."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.count = 0

    def build(self) -> BuildResult:
        self.count += 1
        source = self.project / "src"
        files = {
            one.relative_to(source).as_posix(): one.read_bytes()
            for one in sorted(source.rglob("*"))
            if one.is_file()
        }
        for name, data in files.items():
            at = data.find(b"ERROR")
            if at >= 0:
                place = locate_offset(f"src/{name}", data.decode(), at, 5)
                raise AssetbuildError(error("manifest/corrupt", "an ERROR", location=place))
            if b"FULL" in data:
                raise OSError("no space left")
        manifest = write_site(self.project / "out", files)
        return BuildResult(
            manifest=manifest,
            output=self.project / "out",
            diagnostics=(),
            stats=BuildStats(),
            watched=(str(source),),
        )

    def close(self) -> None:
        return


def make_dev(project: Path, told: TextIO | None = None) -> tuple[DevSite, CopyBuilder]:
    """Return a development site over a CopyBuilder; it does not watch until start()."""
    builder = CopyBuilder(project)
    reporter = TextReporter(told or io.StringIO(), env={})
    return DevSite(project, make_builder=lambda: builder, reporter=reporter), builder
