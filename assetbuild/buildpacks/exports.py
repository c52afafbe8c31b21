"""What a pack's ``export`` file does to the environment of later packs.

Rule 9 of docs/explanation/packs.md.

In: the environment before, and the bytes of ``env -0`` after it. Out: an EnvPatch.
Also the bash text that evaluates such a file, and the text of our own. Refuses to run anything.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from assetbuild.environ import EnvPatch, diff_environ, is_variable_name

# bash's own bookkeeping: sourcing any file changes these
_NOISE = frozenset(
    ("_", "SHLVL", "PWD", "OLDPWD", "BASHOPTS", "SHELLOPTS", "BASH_EXECUTION_STRING")
)
# without these no later script would start; a pack that removes them meant something else
KEPT = ("HOME", "PATH")

# $0 is the file, and descriptor 9 carries the answer: an export may print, end with a false test,
# and redefine PATH, the positional parameters or functions; `exit` leaves the answer empty.
# /usr/bin/env by its full path, since PATH may be gone.
EVALUATE = (
    'exec 9>&1 1>&2; set +eu; source "$0"; set -- "$?"; '
    'builtin command /usr/bin/env -0 >&9; builtin exit "$1"'
)


def parse_env0(data: bytes) -> dict[str, str]:
    """Return the environment that ``env -0`` printed; values may hold newlines and any bytes."""
    found: dict[str, str] = {}
    for item in data.split(b"\0"):
        name, sign, value = item.decode("utf-8", "surrogateescape").partition("=")
        if sign and name:
            found[name] = value
    return found


def diff_export(before: Mapping[str, str], after: Mapping[str, str]) -> EnvPatch:
    """Return what an ``export`` changed, without bash's bookkeeping; PATH and HOME stay set."""
    patch = diff_environ(before, after)
    return EnvPatch(
        set={name: value for name, value in sorted(patch.set.items()) if name not in _NOISE},
        unset=patch.unset - _NOISE - frozenset(KEPT),
    )


def removed_kept(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of KEPT that an ``export`` removed or emptied."""
    return tuple(name for name in KEPT if before.get(name) and not after.get(name))


def render_export(patch: EnvPatch) -> str:
    """Return bash text that does what a patch says, for the packs after us; sorted by name."""
    lines = [f"unset {name}" for name in sorted(patch.unset) if is_variable_name(name)]
    lines += [
        f"export {name}={shlex.quote(value)}"
        for name, value in sorted(patch.set.items())
        if is_variable_name(name)
    ]
    return "\n".join(lines) + "\n" if lines else ""
