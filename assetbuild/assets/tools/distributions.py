"""Which versions of Python distributions are installed, from the names of their records alone.

In: a distribution's name. Out: its version. Source: the "Recording installed projects" page of the
Python packaging specifications: a folder ``{name}-{version}.dist-info`` beside the modules
(``.egg-info`` where a Linux distribution packaged it).
``importlib.metadata`` says the same and loads the mail parsers to do it, a tenth of a cold build.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache

_RECORD = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info\Z")
_RUNS = re.compile(r"[-_.]+")


def installed_version(name: str) -> str | None:
    """Return the version of a distribution that this interpreter would import, or None."""
    return _list_installed(tuple(sys.path)).get(_normalize(name))


@cache
def _list_installed(search: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in search:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue  # a zip file, or a folder that is not there
        for entry in sorted(names):
            record = _RECORD.match(entry)
            if record is not None:
                # the first folder of the search wins, as it does for an import
                found.setdefault(_normalize(record["name"]), record["version"])
    return found


def _normalize(name: str) -> str:
    return _RUNS.sub("-", name).lower()
