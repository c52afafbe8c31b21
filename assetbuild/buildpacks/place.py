"""Open the Workplace of a chain: private folder, environment, a /tmp of its own or a lock.

In: a request and the environment of our process. Out: a Workplace for the length of a block.
Refuses to know: which packs will run in it.
"""

from __future__ import annotations

import contextlib
import os
import site
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.buildpacks.environment import (
    PLATFORM_HOME,
    PLATFORM_PATH,
    Machine,
    build_environ,
    choose_stack,
    list_denied,
    read_config_vars,
)
from assetbuild.buildpacks.run import Workplace
from assetbuild.buildpacks.sandbox import Sandbox, open_sandbox
from assetbuild.locks import hold_folder_lock
from assetbuild.reporting import Reporter
from assetbuild.scratch import temporary_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRequest:
    """What a chain is to work on."""

    build_dir: Path  # absolute
    cache_dir: Path  # absolute, made when missing
    env_dir: Path | None = None  # folder of config vars; None or missing: there are none
    stack: str | None = None  # None: the platform's, or the default
    is_isolated: bool = False  # ask for a private /tmp and the folder at /app (local builds)
    time_limit_s: float | None = None  # for all scripts together; None: no limit
    source_version: str = ""  # commit of the app
    path: str | None = None  # PATH of the first pack; None: the platform's
    shared_tmp: Path = Path("/tmp")  # what packs name; its lock keeps chains on this host apart


@contextlib.contextmanager
def open_place(
    request: PlaceRequest, *, host: Mapping[str, str], reporter: Reporter
) -> Iterator[Workplace]:
    """Open a workplace; while it is open no other chain shares its /tmp (rule 13)."""
    stack = choose_stack(request.stack, host)
    config_vars = read_config_vars(request.env_dir)
    denied = list_denied(request.env_dir)
    if denied:
        reporter.detail(f"config vars that no script may get: {', '.join(denied)}")
    with contextlib.ExitStack() as stack_of_folders:
        work = stack_of_folders.enter_context(temporary_folder("assetbuild-chain-"))
        sandbox = _isolate(request, work) if request.is_isolated else None
        if sandbox is None:
            stack_of_folders.enter_context(
                hold_folder_lock(
                    request.shared_tmp,
                    on_wait=lambda: reporter.step("Waiting for another chain on this machine"),
                )
            )
        # from here on: waiting for another chain is no time of this one
        deadline = None if request.time_limit_s is None else time.monotonic() + request.time_limit_s
        home, seen = _choose_home(request, host, sandbox)
        machine = Machine(
            stack=stack,
            home=home,
            path=request.path or PLATFORM_PATH,
            dyno=host.get("DYNO") or "build.1",
            request_id=host.get("REQUEST_ID") or "",
            source_version=host.get("SOURCE_VERSION") or request.source_version,
        )
        yield Workplace(
            build_dir=request.build_dir,
            seen_dir=seen,
            cache_dir=request.cache_dir,
            work_dir=work,
            machine=machine,
            base_env=build_environ(machine, host),
            config_vars=config_vars,
            left_s=lambda: None if deadline is None else deadline - time.monotonic(),
            sandbox=sandbox,
        )


def _choose_home(
    request: PlaceRequest, host: Mapping[str, str], sandbox: Sandbox | None
) -> tuple[str, str]:
    """Return HOME and the path of the built folder, as the scripts are told (rule 7)."""
    if sandbox is not None and sandbox.home:
        return sandbox.home, sandbox.home
    build_dir = str(request.build_dir)
    if host.get("HOME") == PLATFORM_HOME and "DYNO" in host:
        return PLATFORM_HOME, build_dir
    return build_dir, build_dir


def _isolate(request: PlaceRequest, work: Path) -> Sandbox | None:
    tmp = work / "tmp"
    tmp.mkdir()
    tmp.chmod(0o1777)
    home = Path(PLATFORM_HOME)
    if os.geteuid() == 0 and not home.exists():
        # an empty folder that stays: removing it would unmount it under a build that runs beside us
        home.mkdir()
    request.cache_dir.mkdir(parents=True, exist_ok=True)
    visible = [work, request.build_dir, request.cache_dir, *_own_folders()]
    return open_sandbox(tmp=tmp, build_dir=request.build_dir, home=str(home), visible=visible)


def _own_folders() -> list[Path]:
    """Return the folders of this Python and of assetbuild, which the asset build starts again."""
    names = [sys.prefix, sys.base_prefix, *site.getsitepackages(), *sys.path]
    return [Path(name).absolute() for name in names if name and Path(name).is_dir()] + [Path.cwd()]
