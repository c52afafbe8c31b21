"""Check the names of assets in templates and sources against the build.

In: a project. Out: what was looked at and every name that is not there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assetbuild.assets.manifest import MANIFEST_NAME, lack_manifest, parse_manifest
from assetbuild.assets.model import Manifest
from assetbuild.assets.result import BuildOptions
from assetbuild.assets.usage.check import CheckResult, KnownNames, check_mentions, index_sources
from assetbuild.assets.usage.files import find_app_files, read_texts
from assetbuild.assets.usage.mention_finder import MentionFinder
from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.jobs.build import AssetBuilder
from assetbuild.jobs.survey import read_flask
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter
from assetbuild.walking import walk_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The build that names are held against."""

    config: Config  # of the project
    manifest: Manifest  # of the build
    output: Path  # absolute output folder
    sources: Mapping[LogicalPath, str]  # output -> source; empty where nothing was built now


def open_build(project: Path, *, env: Mapping[str, str], reporter: Reporter, builds: bool) -> Built:
    """Build the project, or (``builds`` off) read what lies in its output folder.

    Errors: those of a build; ``check/no-manifest``.
    """
    config = load_config(project)
    if builds:
        with AssetBuilder(project, env=env, reporter=reporter, options=BuildOptions()) as builder:
            result = builder.build()
        return Built(
            config=config, manifest=result.manifest, output=result.output, sources=result.sources
        )
    output = project / config.assets.output
    file = f"{config.assets.output}/{MANIFEST_NAME}"
    try:
        data = (output / MANIFEST_NAME).read_bytes()
    except OSError as failure:
        raise lack_manifest("check/no-manifest", file) from failure
    manifest = parse_manifest(data, file=file)
    return Built(config=config, manifest=manifest, output=output, sources={})


def check_names(
    project: Path, *, env: Mapping[str, str], reporter: Reporter, builds: bool = True
) -> CheckResult:
    """Return every name that templates and sources mention and the build does not make."""
    built = open_build(project, env=env, reporter=reporter, builds=builds)
    usage = built.config.usage
    files = find_app_files(
        str(project), output=str(built.output), exclude=usage.exclude, is_check=True
    )
    known = KnownNames(
        entries=frozenset(built.manifest.entries),
        sources=index_sources(built.sources),
        elsewhere=usage.elsewhere,
        has_plain=_PlainFiles(project).has,
        list_folder=partial(_list_folder, project),
        hashed=frozenset(one.hashed for one in built.manifest.entries.values()),
    )
    finder = MentionFinder(usage.helpers, url_prefix=built.config.assets.url)
    return check_mentions(read_texts(files), built.manifest, known, finder)


def _list_folder(project: Path, folder: str) -> list[str]:
    try:
        return os.listdir(project / folder)
    except OSError:
        return []


class _PlainFiles:
    """The files of static folders, listed when the first name is not found."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._names: frozenset[str] | None = None

    def has(self, name: str) -> bool:
        if self._names is None:
            found = set()
            for one in walk_files(self._project, skip_folder=_is_package):
                _, slash, below = f"/{one.relative}".partition("/static/")
                if slash:
                    found.add(below)
            for folder in read_flask(self._project)[1]:
                found |= {one.relative for one in walk_files(self._project / folder)}
            self._names = frozenset(found)
        return name in self._names


def _is_package(relative: str) -> bool:
    name = os.path.basename(relative)
    return name.startswith(".") or name == "node_modules"
