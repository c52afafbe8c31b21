"""The files of a Stylus plugin: what ``use("…")`` names, and what its modules require.

In: names as they are written. Out: absolute files; each look is noted in the log. Refuses to know:
how plugins are run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from assetbuild.assets.engines.commonjs import find_requires, resolve_module
from assetbuild.assets.languages.imports import ImportLog
from assetbuild.assets.model import PACKAGE_PREFIX


class _Noted:
    """Module files that are dependencies."""

    def __init__(self, log: ImportLog) -> None:
        self._log = log

    def find(self, path: str) -> str | None:
        return self._log.find(path)

    def read(self, path: str) -> bytes:
        return self._log.read(path).data


def find_plugin(log: ImportLog, folders: Iterable[str], name: str) -> str | None:
    """Return the module of ``use(name)``: of the first folder that has it, else a package's."""
    for folder in folders:
        found = find_module(log, folder, f"./{name}")
        if found is not None:
            return found
    return find_module(log, log.search.project, name)


def find_module(log: ImportLog, folder: str, name: str) -> str | None:
    """Return the file that a plugin's module in a folder means by ``require(name)``, or None."""
    if name.startswith(PACKAGE_PREFIX):
        # made of the __dirname that the module was given
        return log.find(log.search.locate(name))
    packages = [one for one in log.search.node_modules if folder.startswith(one + os.sep)]
    top = os.path.dirname(packages[0]) if packages else log.search.project
    return resolve_module(name, folder, _Noted(log), top=top)


def follow_requires(log: ImportLog, path: str) -> Iterator[tuple[str, str]]:
    """Yield each name that a module writes into require(), and the file it means, where there is one."""
    for name in find_requires(log.read(path).data.decode("utf-8", "replace")):
        found = find_module(log, os.path.dirname(path), name)
        if found is not None:
            yield name, found
