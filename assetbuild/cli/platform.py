"""``assetbuild platform``: the scripts of the buildpack interface, called by bin/*.

The classic scripts are https://devcenter.heroku.com/articles/buildpack-api; what they print goes
to the platform as it is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assetbuild.reporting import Reporter, TextReporter, write_output

if TYPE_CHECKING:
    from assetbuild.buildpacks.conduct import Mode

_PATH = click.Path(path_type=Path)


@click.group(
    epilog="""\b
Examples:
  assetbuild platform compile BUILD_DIR CACHE_DIR ENV_DIR --state ROOT
"""
)
def command() -> None:
    """Answer the platform's buildpack scripts (bin/compile and the like call this)."""


_F = TypeVar("_F", bound=Callable[..., Any])


def _script(name: str, *folders: str) -> Callable[[_F], click.Command]:
    """Register the command of a script: its folders, ENV_DIR where it may come, and --state."""

    def register(function: _F) -> click.Command:
        made: Any = click.option(
            "--state",
            type=_PATH,
            required=True,
            help="Root of this buildpack: what outlives a script.",
        )(function)
        for folder in reversed(folders):
            made = click.argument(folder, type=_PATH, required=folder != "env_dir")(made)
        usage = " ".join(one.upper() for one in folders)
        epilog = f"\b\nExamples:\n  assetbuild platform {name} {usage} --state ROOT"
        registered: click.Command = command.command(name=name, epilog=epilog)(made)
        return registered

    return register


def _reporter(env: Mapping[str, str]) -> Reporter:
    # the platform shows both streams; packs write to stdout too, and one stream keeps the order
    return TextReporter(sys.stdout, env=env, is_heroku=True)


def _compile(
    build_dir: Path, cache_dir: Path, env_dir: Path | None, state: Path, mode: Mode
) -> int:
    from assetbuild.buildpacks.place import PlaceRequest
    from assetbuild.config.load import load_config
    from assetbuild.jobs.chain import ChainRequest, build_slug

    env = dict(os.environ)
    limit = load_config(build_dir.resolve()).chain.time_limit_s
    request = ChainRequest(
        place=PlaceRequest(
            build_dir=build_dir.resolve(),
            cache_dir=cache_dir.resolve(),
            env_dir=env_dir,
            time_limit_s=limit or None,
        ),
        state_dir=state.resolve(),
        mode=mode,
    )
    return 0 if build_slug(request, host=env, reporter=_reporter(env)).ok else 1


@_script("compile", "build_dir", "cache_dir", "env_dir")
def compile_(*, build_dir: Path, cache_dir: Path, env_dir: Path | None, state: Path) -> int:
    """Run the chain and build the assets."""
    return _compile(build_dir, cache_dir, env_dir, state, "compile")


@_script("test-compile", "build_dir", "cache_dir", "env_dir")
def test_compile(*, build_dir: Path, cache_dir: Path, env_dir: Path | None, state: Path) -> int:
    """Run the chain for tests: a pack's bin/test-compile where it has one."""
    return _compile(build_dir, cache_dir, env_dir, state, "test-compile")


@_script("test", "build_dir", "env_dir")
def test(*, build_dir: Path, env_dir: Path | None, state: Path) -> int:
    """Run every pack's bin/test and print one TAP summary."""
    from assetbuild.buildpacks.place import PlaceRequest
    from assetbuild.buildpacks.tap import render_tap
    from assetbuild.jobs.ci import run_pack_tests

    env = dict(os.environ)
    # the interface has no CACHE_DIR here; bin/test names one all the same
    cache = Path(env.get("CACHE_DIR") or state / ".cache")
    request = PlaceRequest(
        build_dir=build_dir.resolve(), cache_dir=cache.resolve(), env_dir=env_dir
    )
    tested = run_pack_tests(request, host=env, reporter=_reporter(env))
    write_output(render_tap(tested))
    return 0 if all(one.ok for one in tested) else 1


@_script("release", "build_dir")
def release(*, build_dir: Path, state: Path) -> None:
    """Print the release that compile decided on."""
    from assetbuild.jobs.chain import RELEASE_NAME

    path = state / RELEASE_NAME
    write_output(path.read_text("utf-8") if path.is_file() else "--- {}\n")


@_script("report", "build_dir", "cache_dir", "env_dir")
def report(*, build_dir: Path, cache_dir: Path, env_dir: Path | None, state: Path) -> None:
    """Print the build report of the last compile, also of one that failed, as flat YAML."""
    from assetbuild.buildpacks.report import flatten_report, render_flat
    from assetbuild.jobs.chain import REPORT_NAME

    for path in (state / REPORT_NAME, cache_dir / REPORT_NAME):
        if path.is_file():
            write_output(render_flat(flatten_report(json.loads(path.read_bytes()))))
            return


@command.command(
    name="cnb-build", epilog="\b\nExamples:\n  assetbuild platform cnb-build LAYERS PLATFORM"
)
@click.argument("layers", type=_PATH)
@click.argument("platform", type=_PATH)
def cnb_build(*, layers: Path, platform: Path) -> int:
    """Answer a lifecycle's build phase: run the chain in the working directory, write layers."""
    from assetbuild.jobs.cnb import LayersRequest, build_layers

    env = dict(os.environ)
    request = LayersRequest(app=Path.cwd(), layers=layers.resolve(), platform=platform.resolve())
    return 0 if build_layers(request, host=env, reporter=_reporter(env)).ok else 1
