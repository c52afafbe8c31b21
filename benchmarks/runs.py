"""Run what is measured, as its users do, and tell how long it takes, by the clock and of CPU."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def seconds_of(work: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def children_cpu_s() -> float:
    """Return the CPU time of all children that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_python(*argv: str) -> None:
    """Run this Python in a process of its own."""
    # modules are compiled once, as pip does when it installs them
    env = {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *argv], check=True, capture_output=True, env=env)


def compile_project(project: Path, cache: Path, *options: str) -> None:
    """Build a project in a process of its own; the compilers were fetched before."""
    argv = ["-m", "assetbuild", "compile", "--project", str(project), "--cache-dir", str(cache)]
    run_python(*argv, *options)
