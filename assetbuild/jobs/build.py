"""Build the assets of a project, once or again and again, with what is warm kept warm.

In: a project folder, an environment, a reporter. Out: BuildResult values.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from assetbuild.assets.build.difference import Difference, find_difference
from assetbuild.assets.build.state import Snapshot, StateFile, stamp_tools
from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.assets.manifest import MANIFEST_NAME, parse_manifest
from assetbuild.assets.result import BuildOptions, BuildResult, BuildStats
from assetbuild.assets.tools.app import stamp_app_tools
from assetbuild.diagnostics import AssetbuildError
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter

if TYPE_CHECKING:
    from assetbuild.assets.build.work import WorkPool


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
        self._cache_dir = self._options.cache_dir or default_cache_dir(env)
        self._state = StateFile(
            self._cache_dir, self._project, self._options.output or self._project
        )
        self._pool: WorkPool | None = None

    def build(self) -> BuildResult:
        """Build what changed; the configuration is read again when its file changed.

        Errors: AssetbuildError with every diagnostic; output and manifest stay as they were.
        """
        started = time.monotonic()
        snapshot = self._state.load()
        stamp = self._stamp()
        difference: Difference | None = None
        if snapshot is not None and not self._options.is_forced:
            difference = find_difference(snapshot, stamp)
            if difference is None:
                remembered = _remember(snapshot, started)
                if remembered is not None:
                    return remembered
            else:
                self._reporter.verbose(f"building: {difference.reason}")
        # what follows loads compilers' modules, which a build with nothing to do never needs
        from assetbuild.assets.build.run import RunRequest, run_build
        from assetbuild.assets.build.work import WorkPool
        from assetbuild.config.load import load_config

        config = load_config(self._project)
        if self._pool is None:
            wanted = self._options.jobs
            self._pool = WorkPool(
                jobs=config.assets.jobs if wanted is None else wanted,
                env=self._env,
                limit_s=max(1.0, config.assets.time_limit),
            )
        return run_build(
            RunRequest(
                config=config,
                options=self._options,
                env=self._env,
                reporter=self._reporter,
                pool=self._pool,
                cache_dir=self._cache_dir,
                state=self._state,
                snapshot=snapshot,
                difference=difference,
                stamp=stamp,
                started=started,
            )
        )

    def find_change(self) -> str | None:
        """Return what the next build would find changed, in words; None: nothing.

        Made with ``--release`` or without the cache it is the same build, in smaller variants.
        Errors: LookupError where no build is remembered.
        """
        snapshot = self._state.load()
        if snapshot is None:
            raise LookupError
        stamp, made_with = self._stamp(), snapshot.stamp.get("options")
        as_good = (
            replace(self._options, is_release=is_release, uses_cache=uses_cache)
            for is_release in (False, True)
            for uses_cache in (False, True)
        )
        if made_with in {_stamp_options(one) for one in as_good}:
            stamp["options"] = made_with
        found = find_difference(snapshot, stamp)
        return None if found is None else found.reason

    @property
    def project(self) -> Path:
        """The folder that is built, absolute: what to watch while no build has ended well."""
        return self._project

    def _stamp(self) -> dict[str, str]:
        return {
            **stamp_tools(self._env),
            **stamp_app_tools(str(self._project)),
            "options": _stamp_options(self._options),
        }

    def close(self) -> None:
        """End worker processes and engines."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def __enter__(self) -> AssetBuilder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _stamp_options(options: BuildOptions) -> str:
    asked = [
        options.profile,
        str(options.output),
        options.uses_cache,
        options.is_dev,
        options.is_release,
    ]
    return json.dumps(asked)


def _remember(snapshot: Snapshot, started: float) -> BuildResult | None:
    """Return the result of the last build, or None where its facts cannot be read."""
    from assetbuild.assets.diagnostic_rows import unpack_diagnostic

    facts: Any = snapshot.facts
    with contextlib.suppress(KeyError, TypeError, ValueError, OSError, AssetbuildError):
        output = Path(facts["output"])
        data = (output / MANIFEST_NAME).read_bytes()
        sources = {LogicalPath(name): str(file) for name, file in facts["sources"].items()}
        manifest = parse_manifest(data, file=os.path.basename(output) + "/" + MANIFEST_NAME)
        return BuildResult(
            manifest=manifest,
            output=output,
            diagnostics=tuple(unpack_diagnostic(row) for row in facts["diagnostics"]),
            stats=BuildStats(
                sources=int(facts["found"]),
                outputs=len(manifest.entries),
                seconds=time.monotonic() - started,
                is_up_to_date=True,
            ),
            watched=tuple(facts["watched"]),
            sources=sources,
        )
    return None
