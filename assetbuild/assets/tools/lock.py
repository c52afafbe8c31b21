"""The pinned compilers: names, exact versions and sha512 integrity, from tools.lock.json.

In: the package's own data file. Out: a PinnedTool for each name.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass

from assetbuild.digests import sha256_hex


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedPackage:
    """One npm package of a tool."""

    name: str  # as npm knows it
    version: str  # exact
    integrity: str  # "sha512-…" of the tarball, as npm writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedTool:
    """A compiler and what it needs."""

    name: str  # ours: "coffeescript-1"
    packages: tuple[PinnedPackage, ...]  # the compiler's own first

    @property
    def version(self) -> str:
        """The compiler's version."""
        return self.packages[0].version

    @property
    def folder_name(self) -> str:
        """Name in the store: differs when any package differs."""
        digest = sha256_hex(" ".join(one.integrity for one in self.packages).encode())
        return f"{self.name}-{self.version}-{digest[:12]}"


@functools.cache
def pinned_tools() -> Mapping[str, PinnedTool]:
    """Return every pinned tool by name."""
    # loads temporary files and random numbers, which a build whose compilers are there never needs
    from importlib import resources

    text = resources.files("assetbuild.assets.tools").joinpath("tools.lock.json").read_text("utf-8")
    return {
        name: PinnedTool(
            name=name,
            packages=tuple(
                PinnedPackage(name=one["name"], version=one["version"], integrity=one["integrity"])
                for one in packages
            ),
        )
        for name, packages in json.loads(text)["tools"].items()
    }
