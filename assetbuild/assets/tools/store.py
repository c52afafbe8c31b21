"""Where compilers are: the app's own node_modules, or pinned ones in the user's cache folder.

In: names that languages ask for. Out: Tools. Writes only into its own cache folder: a folder that
is there is whole, because it arrives by a rename.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.tools.lock import PinnedTool, pinned_tools
from assetbuild.assets.tools.model import Tool
from assetbuild.assets.tools.npm import download_package
from assetbuild.diagnostics import AssetbuildError, UsageError, error
from assetbuild.files import atomic_write, hold_lock, remove_tree
from assetbuild.suggest import find_nearest


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
    # from 7 on the package is a native program without this interface
    "typescript": (
        _AppPackage(name="typescript", proofs=("lib/typescript.js",), lowest=(4, 0), below=(7, 0)),
    ),
    # an importer learns who imports from 1.68 on
    "dart-sass": (
        _AppPackage(name="sass", proofs=("sass.default.cjs",), lowest=(1, 68), below=(2, 0)),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStore:
    """The places where compilers are looked for, and put."""

    folder: str  # absolute folder of the pinned ones
    env: Mapping[str, str]  # registry and proxies
    is_offline: bool = False  # True: never download

    def find(self, name: str, node_modules: Iterable[str] = ()) -> Tool | None:
        """Return a tool that is there: the app's own first, then an extra, else the pinned one."""
        pin = _pin(name)
        found = find_app_tool(name, node_modules)
        if found is None and name == "dart-sass":
            found = find_app_program(node_modules) or find_extra_sass()
        return found or self._find_pinned(pin)

    def require(self, name: str, node_modules: Iterable[str] = ()) -> Tool:
        """Return a tool, downloaded if need be; two processes may ask at once.

        Errors: ``tool/missing`` (offline and not there), ``tool/download``, ``tool/integrity``.
        """
        found = self.find(name, node_modules)
        return found if found is not None else self._fetch(_pin(name))

    def fetch(self, name: str) -> Tool:
        """Return the pinned tool, downloaded if need be, whatever the app has."""
        pin = _pin(name)
        return self._find_pinned(pin) or self._fetch(pin)

    def _find_pinned(self, pin: PinnedTool) -> Tool | None:
        folder = os.path.join(self.folder, pin.folder_name)
        package = os.path.join(folder, "node_modules", pin.packages[0].name)
        if not os.path.isfile(os.path.join(package, "package.json")):
            return None
        return Tool(name=pin.name, version=pin.version, folder=package, origin="pinned")

    def _fetch(self, pin: PinnedTool) -> Tool:
        if self.is_offline:
            raise AssetbuildError(
                error(
                    "tool/missing",
                    f'the compiler "{pin.name}" {pin.version} is not in the cache, and nothing may be downloaded now',
                    hint=f"with a network, run: assetbuild tools fetch {pin.name}",
                )
            )
        with hold_lock(os.path.join(self.folder, f".lock-{pin.folder_name}")):
            found = self._find_pinned(pin)
            if found is not None:
                return found
            files = {
                f"node_modules/{package.name}/{name}": data
                for package in pin.packages
                for name, data in download_package(package, self.env).items()
            }
            # the lock makes the name ours; what a killed process left is removed first
            fresh = os.path.join(self.folder, f".new-{pin.folder_name}")
            remove_tree(fresh)
            for name, data in sorted(files.items()):
                atomic_write(os.path.join(fresh, name), data)
            target = os.path.join(self.folder, pin.folder_name)
            remove_tree(target)
            os.rename(fresh, target)
        found = self._find_pinned(pin)
        assert found is not None
        return found


def open_tool_store(env: Mapping[str, str], *, is_offline: bool = False) -> ToolStore:
    """Return the store of an environment: ASSETBUILD_CACHE_DIR, else the user's cache folder."""
    root = env.get("ASSETBUILD_CACHE_DIR") or os.path.join(
        env.get("XDG_CACHE_HOME") or os.path.join(env.get("HOME") or str(Path.home()), ".cache"),
        "assetbuild",
    )
    return ToolStore(
        folder=os.path.join(os.path.abspath(root), "tools"), env=dict(env), is_offline=is_offline
    )


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


def find_app_program(node_modules: Iterable[str]) -> Tool | None:
    """Return the Dart Sass program of the app's npm package sass-embedded."""
    for folder in node_modules:
        for package in sorted(Path(folder).glob("sass-embedded-*")):
            place = package / "dart-sass" / "src"
            version = _read_version(str(package))
            if version is not None and (place / "dart").is_file():
                return Tool(name="dart-sass", version=version, folder=str(place), origin="app")
    return None


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
            version = json.load(file).get("version")
    except (OSError, ValueError, AttributeError):
        return None
    return version if isinstance(version, str) else None


def _pin(name: str) -> PinnedTool:
    pins = pinned_tools()
    if name not in pins:
        nearest = find_nearest(name, pins)
        raise UsageError(
            error(
                "tool/unknown",
                f'there is no compiler "{name}"',
                hint=f'did you mean "{nearest}"?' if nearest else f"known: {', '.join(pins)}",
            )
        )
    return pins[name]
