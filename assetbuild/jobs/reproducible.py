"""Prove that a build is the same bytes elsewhere: twice, without a cache, in fresh folders.

In: a project. Out: how many files were compared, or every file that differs.
The second build runs in another process with another hash seed, working folder, temporary
folder, locale and number of workers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from assetbuild.assets.result import BuildOptions
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.files import hash_file
from assetbuild.process import Command, run
from assetbuild.reporting import Reporter
from assetbuild.scratch import temporary_folder
from assetbuild.walking import walk_files

_LIMIT_S = 3600.0


def check_project(
    project: Path, env: Mapping[str, str], reporter: Reporter, options: BuildOptions
) -> int:
    """Build twice and compare; return the number of files.

    Errors: ``build/not-reproducible`` for each file that differs; those of a build.
    """
    with temporary_folder("assetbuild-check-") as folder:
        found: list[dict[str, str]] = []
        for name, seed, locale, jobs in (("a", "0", "C.UTF-8", 1), ("b", "4242", "C", 2)):
            # of another length too: a path that got into an output moves what follows it
            output = folder / (name if name == "a" else name * 8)
            temporary = folder / f"tmp-{name}"
            temporary.mkdir()
            reporter.step(f"Building {'a first' if name == 'a' else 'a second'} time")
            own = {
                **env,
                "PYTHONHASHSEED": seed,
                "TMPDIR": str(temporary),
                "LC_ALL": locale,
                "TZ": "Pacific/Apia" if name == "b" else "UTC",
                "PYTHONPATH": os.pathsep.join(one for one in sys.path if one),
            }
            arguments = ["compile", "--no-cache", "--force", "--jobs", str(jobs)]
            arguments += ["--project", str(project), "--output", str(output)]
            if options.is_release:
                arguments.append("--release")
            if options.profile:
                arguments += ["--profile", options.profile]
            done = run(
                Command(
                    argv=(sys.executable, "-m", "assetbuild", *arguments),
                    cwd=temporary if name == "b" else project,
                    env=own,
                    timeout_s=_LIMIT_S,
                )
            )
            if done.exit_code != 0:
                raise AssetbuildError(
                    error(
                        "build/check-failed",
                        "the build itself failed: " + done.tail(40),
                        hint="run assetbuild compile",
                    )
                )
            found.append({one.relative: hash_file(one.path) for one in walk_files(output)})
    first, second = found
    differing = sorted(
        name for name in first.keys() | second.keys() if first.get(name) != second.get(name)
    )
    if differing:
        raise AssetbuildError(*(_tell(name, first, second) for name in differing))
    return len(first)


def _tell(name: str, first: Mapping[str, str], second: Mapping[str, str]) -> Diagnostic:
    if name in first and name in second:
        message = f'"{name}" has other bytes the second time'
    else:
        message = f'"{name}" was made only the {"first" if name in first else "second"} time'
    return error("build/not-reproducible", message, hint="please report this with the source")
