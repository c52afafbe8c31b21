"""The packs of an app, ready to run: the list is read once, then all are fetched.

In: the folder of the app and its configuration. Out: ChainPack values with private copies.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from assetbuild.buildpacks.chain import ChainPack
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.process import Command, run
from assetbuild.redact import redact_urls

LoadPacks = Callable[[Path, Config, Path], tuple[ChainPack, ...]]
"""(folder of the app, configuration, private folder for the copies) -> packs in order."""


def load_packs(project: Path, config: Config, folder: Path) -> tuple[ChainPack, ...]:
    """Return the packs of an app with a private copy of each below ``folder``."""
    packs = [
        ChainPack(
            label=redact_urls(one.url),
            source=one.url,
            root=_copy(project, one.url, one.revision, folder / str(index)),
            dir=one.dir,
            env=one.env,
            cache=one.cache,
            is_optional=one.optional,
            when_file=one.when.file,
            time_limit_s=one.time_limit_s,
        )
        for index, one in enumerate(config.buildpack)
    ]
    listed = project / ".buildpacks"
    if not packs and listed.is_file():
        lines = [line.split(" #")[0].strip() for line in listed.read_text().splitlines()]
        for index, line in enumerate(one for one in lines if one and not one.startswith("#")):
            url, _, revision = line.partition("#")
            root = _copy(project, url, revision or None, folder / str(index))
            packs.append(ChainPack(label=redact_urls(url), source=url, root=root))
    return tuple(packs)


def _copy(project: Path, url: str, revision: str | None, target: Path) -> Path:
    if url.startswith(("./", "../", "/")):
        shutil.copytree(project / url, target, symlinks=True)
        return target
    branch = ("--branch", revision) if revision else ()
    done = run(
        Command(
            argv=("git", "clone", "--quiet", "--depth", "1", *branch, "--", url, str(target)),
            cwd=project,
            env=_git_environ({}),
            timeout_s=120,
        )
    )
    if done.exit_code != 0:
        raise AssetbuildError(
            error(
                "pack/not-fetched",
                f'cannot fetch "{redact_urls(url)}": {redact_urls(done.tail(1))}',
            )
        )
    return target


def _git_environ(host: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_TERMINAL_PROMPT": "0", **host}
