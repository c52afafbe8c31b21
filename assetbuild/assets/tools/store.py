"""Where compilers are: the app's own node_modules, or pinned ones in the user's cache folder.

In: names that languages ask for. Out: Tools. Writes only into its own cache folder: a folder that
is there is whole, because it arrives by a rename.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.assets.tools.app import find_app_program, find_app_tool, find_extra_sass
from assetbuild.assets.tools.lock import PinnedTool, pinned_tools
from assetbuild.assets.tools.model import Tool
from assetbuild.diagnostics import AssetbuildError, UsageError, error
from assetbuild.files import atomic_write
from assetbuild.locks import hold_lock
from assetbuild.suggest import find_nearest
from assetbuild.trees import remove_tree


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
            # loads the network's modules: needed once a machine
            from assetbuild.assets.tools.npm import download_package

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
    folder = str(default_cache_dir(env) / "tools")
    return ToolStore(folder=folder, env=dict(env), is_offline=is_offline)


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
