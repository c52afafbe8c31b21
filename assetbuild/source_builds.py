"""Build from its pinned source what no wheel of the lock fits: bootstrap.py's second way.

In: the text of the lock, a way to call pip. Out: a wheel in a folder that outlives the build, or
the reason why this machine cannot make one. Refuses to know: processes, and what is installed.

libsass has no wheel for Linux on ARM. Its source is pinned in the lock as its wheels are, and
setuptools, which builds it, in requirements/source.lock. It takes a C++ compiler and Python's
headers, which a build image need not have; then SCSS is left to Dart Sass, whose wheel is in the
lock for both machines.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

# what may be built, and what does without it
BUILT = {"libsass": "SCSS is compiled by Dart Sass"}
Pip = Callable[[list[str], Mapping[str, str]], "str | None"]
"""(arguments, more environment) -> what pip complained, None when it ended well."""


class NotBuilt(Exception):
    """This machine cannot build it; the text says why."""


def find_unfit(complaint: str) -> str | None:
    """Return which package of BUILT pip found no wheel of, or None."""
    match = re.search(r"No matching distribution found for ([A-Za-z0-9._-]+?)==", complaint)
    name = match[1].lower() if match else ""
    return name if name in BUILT else None


def take_out(lock: str, name: str) -> tuple[str, str]:
    """Return the lock without a package, and the lines of that package."""
    rest: list[str] = []
    block: list[str] = []
    lines = rest
    for line in lock.splitlines(keepends=True):
        if not line.startswith((" ", "#")):
            lines = block if line.startswith(f"{name}==") else rest
        lines.append(line)
    return "".join(rest), "".join(block)


def build_wheel(block: str, folder: Path, scratch: Path, *, source_lock: Path, pip: Pip) -> Path:
    """Return a wheel of the package that ``block`` pins, made once for a lock and an interpreter.

    ``folder`` keeps it; ``scratch`` is emptied by the caller. Errors: NotBuilt.
    """
    tag = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
    parts = (block.encode(), source_lock.read_bytes(), tag.encode())
    # length-prefixed, so that two parts cannot pass for two others
    key = hashlib.sha256(b"".join(b"%d:%s" % (len(one), one) for one in parts)).hexdigest()[:16]
    made = folder / key
    found = sorted(made.glob("*.whl"))
    if found:
        return found[0]
    lacking = find_lacking(os.environ.get("PATH", ""))
    if lacking:
        raise NotBuilt(f"there is {' and '.join(lacking)}")
    tools, out, requirement = scratch / "tools", scratch / "wheels", scratch / "one.lock"
    requirement.write_text(block, "utf-8")
    pinned = ("--no-deps", "--require-hashes", "--requirement")
    install = ["install", "--only-binary=:all:", "--target", str(tools), *pinned, str(source_lock)]
    # without isolation: pip would fetch an unpinned setuptools by itself
    wheel = ["wheel", "--no-binary=:all:", "--no-build-isolation", "--wheel-dir", str(out)]
    wheel += [*pinned, str(requirement)]
    for arguments, env in ((install, {}), (wheel, {"PYTHONPATH": str(tools)})):
        complaint = pip(arguments, env)
        if complaint is not None:
            raise NotBuilt(complaint)
    shutil.rmtree(folder, ignore_errors=True)  # wheels of earlier locks
    folder.mkdir(parents=True)
    out.rename(made)
    return sorted(made.glob("*.whl"))[0]


def find_lacking(path: str) -> list[str]:
    """Return what a build of C++ for this Python lacks, as "no …"."""
    lacking = []
    if not any(shutil.which(one, path=path) for one in ("c++", "g++", "clang++")):
        lacking.append("no C++ compiler")
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        lacking.append("no Python.h")
    return lacking
