"""Build the assets of a project, once or again and again, with what is warm kept warm.

In: a project folder, an environment, a reporter. Out: BuildResult values.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from assetbuild.assets.result import BuildOptions, BuildResult
from assetbuild.reporting import Reporter


class AssetBuilder:
    """One project, built as often as asked in one process: compilers and engines stay warm.

    Use as a context manager, or call close(). Not for several threads at once.
    """

    def __init__(
        self,
        project: Path,
        *,
        env: Mapping[str, str],
        reporter: Reporter,
        options: BuildOptions | None = None,
    ) -> None:
        self._project = project.resolve()
        self._env = env
        self._reporter = reporter
        self._options = options or BuildOptions()

    def build(self) -> BuildResult:
        """Build what changed; the configuration is read again when its file changed.

        Errors: AssetbuildError with every diagnostic; output and manifest stay as they were.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End worker processes and engines."""

    def __enter__(self) -> AssetBuilder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
