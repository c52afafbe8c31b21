"""Which logical path a file of a static folder has, where that folder is, or lies in, a source root.

In: a project's roots, a folder, a name in it. Out: the logical path, or None where another root
comes first. Refuses to know: frameworks, manifests.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

from assetbuild.serve.site import read_roots

COMPILED_FROM = {
    ".css": (".scss", ".sass", ".less", ".styl", ".stylus"),
    ".js": (".coffee", ".litcoffee", ".coffee.md", ".ts", ".tsx", ".jsx"),
    ".mjs": (".mts",),
    ".cjs": (".cts",),
}
"""Extension of an output -> those of the sources that become it."""


class StaticFolders:
    """The source roots of a project, as a framework with several static folders asks for them."""

    def __init__(self, project: Path, *, find_build: Callable[[], str]) -> None:
        """Take the project, and what tells the build of this moment: with it answers may change."""
        self._project = project
        self._find_build = find_build
        self._kept = functools.lru_cache(maxsize=4096)(self._find)
        # beside that: to know the roots, the configuration is read
        self._places = functools.lru_cache(maxsize=256)(self._place)

    def is_source(self, folder: str) -> bool:
        """Tell whether a folder is a source root, or lies in one."""
        return self._places(self._find_build(), folder) is not None

    def find_logical(self, folder: str, name: str) -> str | None:
        """Return the logical path of a file, written with its extension in the browser.

        None where the folder is no source, or an earlier root has a file that may be made into
        one of that name: then the output of that name is not this file's.
        """
        return self._kept(self._find_build(), folder, name)

    def _find(self, build: str, folder: str, name: str) -> str | None:
        place = self._places(build, folder)
        if place is None:
            return None
        earlier, inside = place
        logical = os.path.normpath(f"{inside}/{name}" if inside else name).replace(os.sep, "/")
        if any(_may_make(root, logical) for root in earlier):
            return None
        return logical

    def _place(self, _build: str, folder: str) -> tuple[tuple[Path, ...], str] | None:
        """Return the roots that come before the folder's, and its place below its own."""
        folder, roots = os.path.realpath(folder), read_roots(self._project)
        for at, root in enumerate(roots):
            inside = os.path.relpath(folder, root)
            if inside == ".":
                return roots[:at], ""
            if inside.partition(os.sep)[0] != "..":
                return roots[:at], inside
        return None


def _may_make(root: Path, logical: str) -> bool:
    """Tell whether a root has a source that may become an output of that name."""
    stem, extension = os.path.splitext(logical)
    endings = COMPILED_FROM.get(extension, ())
    names = {logical, *(f"{one}{ending}" for ending in endings for one in (stem, logical))}
    return any((root / one).is_file() for one in names)
