"""Dependencies as JSON rows, for the cache and the records of outputs, where they are held again.

In: a Dep. Out: a row, ``["file", path, sha256]``, and the Dep again. A change of the form is another
format of the cache (cache.py) and of the records (build/records.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assetbuild.assets.model import AbsentDep, Dep, FileDep, GlobDep, OptionDep, ToolDep

_KINDS: Mapping[str, Callable[..., Dep]] = {
    "file": FileDep,
    "absent": AbsentDep,
    "glob": GlobDep,
    "tool": ToolDep,
    "option": OptionDep,
}
_LENGTHS = {"file": 3, "absent": 2, "glob": 3, "tool": 3, "option": 3}


def pack_dep(dep: Dep) -> list[str]:
    """Return the JSON form of a dependency that unpack_dep reads."""
    if isinstance(dep, FileDep):
        return ["file", dep.path, dep.sha256]
    if isinstance(dep, AbsentDep):
        return ["absent", dep.path]
    if isinstance(dep, GlobDep):
        return ["glob", dep.pattern, dep.names_digest]
    if isinstance(dep, ToolDep):
        return ["tool", dep.name, dep.version]
    return ["option", dep.name, dep.value]


def is_dep_row(row: object) -> bool:
    """Tell whether a value read from a file is of the form that unpack_dep reads."""
    if not isinstance(row, list) or not row or not isinstance(row[0], str):
        return False
    return _LENGTHS.get(row[0]) == len(row)


def unpack_dep(row: Sequence[str]) -> Dep:
    """Return the dependency of pack_dep's form. Errors: ValueError, KeyError, TypeError."""
    kind, *values = row
    return _KINDS[kind](*values)
