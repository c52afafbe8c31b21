"""Fetch the packages that benchmarks are made of, with the ordinary clients, into a cache folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder that keeps fetched packages between runs (not in the repository)."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "assetbuild-benchmarks"


def fetch_npm(package: str, version: str) -> Path:
    """Return the unpacked folder of an npm package."""
    folder = cache_folder() / "npm" / f"{package.replace('/', '__')}-{version}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [
                "npm",
                "pack",
                "--silent",
                "--pack-destination",
                folder.parent,
                f"{package}@{version}",
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        archive = folder.parent / done.stdout.split()[-1]
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()
    (inner,) = [path for path in folder.iterdir() if path.is_dir()]
    return inner


def fetch_pypi(package: str, version: str) -> Path:
    """Return the unpacked folder of a wheel."""
    folder = cache_folder() / "pypi" / f"{package}-{version}"
    if not folder.is_dir():
        wheels = folder.parent / f"{package}-{version}.wheel"
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                wheels,
                f"{package}=={version}",
            ],
            check=True,
        )
        (wheel,) = wheels.glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder)
    return folder


def npm_tool(name: str, version: str, *, program: str | None = None) -> Path:
    """Return a program of an npm package, installed once into the benchmarks' cache."""
    npm_module(name, version)
    return cache_folder() / "tools" / f"{name}-{version}" / "node_modules/.bin" / (program or name)


def npm_module(name: str, version: str) -> Path:
    """Return the folder of an npm package with its dependencies, installed once."""
    folder = cache_folder() / "tools" / f"{name}-{version}"
    module = folder / "node_modules" / name
    if not module.exists():
        folder.mkdir(parents=True, exist_ok=True)
        argv = ["npm", "install", "--silent", "--prefix", str(folder), f"{name}@{version}"]
        subprocess.run(argv, check=True, cwd=folder)
    return module


def fetch_sdist(package: str, version: str) -> Path:
    """Return the unpacked folder of a source distribution, which holds what a wheel leaves out."""
    folder = cache_folder() / "sdist" / f"{package}-{version}"
    if not folder.is_dir():
        kept = folder.parent / f"{package}-{version}.tar"
        argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary"]
        argv += [":all:", "--dest", str(kept), f"{package}=={version}"]
        subprocess.run(argv, check=True)
        (archive,) = kept.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    (inner,) = [path for path in folder.iterdir() if path.is_dir()]
    return inner
