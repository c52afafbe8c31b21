"""Run what is measured, as its users do, and tell how long it takes."""

from __future__ import annotations

import os
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


def compile_project(project: Path, cache: Path) -> None:
    """Build a project in a process of its own; the compilers were fetched before."""
    argv = [sys.executable, "-m", "assetbuild", "compile", "--project", str(project)]
    # modules are compiled once, as pip does when it installs them
    env = {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([*argv, "--cache-dir", str(cache)], check=True, capture_output=True, env=env)
