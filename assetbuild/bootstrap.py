"""Put what assetbuild needs into a cache folder, then run a command of it in this process.

Called by assetbuild/start.py with CACHE_DIR ENV_DIR COMMAND …, in a Python that may have no pip,
venv or PyYAML. In: requirements/build.lock, every file pinned by sha256. Out, in CACHE_DIR/assetbuild,
each whole or not at all: ``site-<key>``, the packages, made once for a lock and an interpreter;
``package-<key>``, assetbuild itself, since a platform gives it a new folder for each build and
Python's byte code lies beside the source. It imports the standard library alone until both are there.

Where packages come from is pip's own configuration: the PIP_* variables of the environment and of
ENV_DIR, and pip's files. A pip that is missing is fetched from the same index by its sha256.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from assetbuild.cli.signals import ended_like_interrupted

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "build.lock"
REVISION = "2"  # of the layout of a site folder
WITHOUT_NAME = "assetbuild-without"  # in a site: what it lacks


class BootstrapError(Exception):
    """What could not be installed, as lines to show."""


def main(argv: list[str]) -> int:
    """Install, then run; the exit code is the command's."""
    cache_dir, env_dir, *command = argv
    if not cache_dir:
        sys.stderr.write(" !     bootstrap/unwritable: the path of CACHE_DIR is empty\n")
        return 1
    try:
        with ended_like_interrupted():
            folder = Path(cache_dir) / "assetbuild"
            site = ensure_site(folder, read_pip_environ(env_dir, os.environ))
            package = ensure_package(folder)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    except BootstrapError as failure:
        for line in str(failure).splitlines():
            sys.stderr.write(f" !     {line}\n")
        return 1
    except OSError as failure:
        sys.stderr.write(f' !     bootstrap/unwritable: cannot write to "{cache_dir}": {failure}\n')
        return 1
    if command[:2] != ["platform", "report"]:  # what that prints is read by a program
        _tell_without(site)
    sys.path[:] = [str(package), str(site), *(one for one in sys.path if one != str(ROOT))]
    # what was imported from the platform's folder so far would keep the rest there
    for name in [one for one in sys.modules if one.partition(".")[0] == "assetbuild"]:
        del sys.modules[name]
    from assetbuild.cli.main import main as run

    return run(command)


def read_pip_environ(env_dir: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of pip: ours, and the PIP_* config vars of the app."""
    env = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    if env_dir and Path(env_dir).is_dir():
        for path in sorted(Path(env_dir).iterdir()):
            if path.name.startswith("PIP_") and path.is_file():
                env[path.name] = path.read_text("utf-8", "replace").strip("\n")
    return env


def site_key(lock: bytes) -> str:
    """Return the key of an installation: the lock, this interpreter, this machine."""
    parts = [REVISION, sys.implementation.cache_tag or "", os.uname().machine, sys.platform]
    return hashlib.sha256("\0".join(parts).encode() + b"\0" + lock).hexdigest()[:16]


def ensure_site(folder: Path, env: Mapping[str, str]) -> Path:
    """Return the folder with every package of the lock, installing it when it is not there.

    Errors: BootstrapError; nothing half installed is ever found by a later run.
    """
    lock = LOCK.read_bytes()
    site = folder / f"site-{site_key(lock)}"
    # the folder gets its name when it is whole, so its being there is the proof
    if site.is_dir():
        return site
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder / "install.lock"):
        if site.is_dir():
            return site
        from assetbuild.pip_install import NotInstalled, install_lock  # heavy: urllib, ssl

        started = time.monotonic()
        _say("Installing assetbuild's own packages")
        with _scratch(folder) as scratch:
            target = scratch / "site"
            try:
                without = install_lock(LOCK, target, scratch, env, say=_say_detail)
            except NotInstalled as failure:
                raise BootstrapError(str(failure)) from None
            if without is not None:
                (target / WITHOUT_NAME).write_text(without, "utf-8")
            target.rename(site)
        _forget_others(folder, site)
        _say_detail(f"Installed in {time.monotonic() - started:.1f} s")
    return site


def ensure_package(folder: Path) -> Path:
    """Return the folder that holds a copy of this very assetbuild, by its content."""
    source = ROOT / "assetbuild"
    package = folder / f"package-{digest_package(source)}"
    if package.is_dir():
        return package
    with _lock(folder / "install.lock"):
        if not package.is_dir():
            with _scratch(folder) as scratch:
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, scratch / "copy" / "assetbuild", ignore=ignored)
                licence = source.parent / "LICENSE"
                if licence.is_file():  # the slug's notices hold it
                    shutil.copy2(licence, scratch / "copy" / "LICENSE")
                (scratch / "copy").rename(package)
            _forget_others(folder, package)
    return package


def digest_package(source: Path) -> str:
    """Return 16 hex digits that stand for names and contents of all files but byte code."""
    hasher = hashlib.sha256()
    for path, names, files in os.walk(source):
        names[:] = sorted(name for name in names if name != "__pycache__")
        for name in sorted(files):
            file = os.path.join(path, name)
            with open(file, "rb") as opened:
                data = opened.read()
            # length-prefixed, so that two files cannot pass for one
            relative = os.path.relpath(file, source).encode()
            hasher.update(b"%d:%s%d:" % (len(relative), relative, len(data)) + data)
    return hasher.hexdigest()[:16]


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    path = folder / f".tmp-{os.getpid()}"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _forget_others(folder: Path, kept: Path) -> None:
    """Remove what earlier versions of assetbuild left, and what killed builds did."""
    kind = kept.name.partition("-")[0]
    for old in [*folder.glob(f"{kind}-*"), *folder.glob(".tmp-*")]:
        if old != kept:
            shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with open(path, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    sys.stdout.write(f"-----> {text}\n")
    sys.stdout.flush()


def _say_detail(text: str) -> None:
    sys.stdout.write(f"       {text}\n")
    sys.stdout.flush()


def _tell_without(site: Path) -> None:
    """Say at each build what was left out when the packages were installed."""
    path = site / WITHOUT_NAME
    if path.is_file():
        from assetbuild import source_builds  # few machines need it

        name = path.read_text("utf-8")
        effect = source_builds.BUILT.get(name, "what needs it fails")
        _say_detail(f"{name} cannot be had on this machine: {effect}")
