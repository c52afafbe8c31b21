"""Give a chain its own /tmp and its own /app, where the kernel lets us.

Rules 7 and 13 of docs/explanation/packs.md.

In: folders. Out: an argv prefix for every script, or None where it cannot be had.
Linux only, with util-linux's unshare: as root, or in a user namespace where those are allowed.
Refuses to hide anything else: this keeps two builds apart, it is no protection from a pack.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assetbuild.process import Command, run

# The paths that must stay visible are bound into the new /tmp first, and come along with --rbind:
# each may hold mounts of its own (a cache on another disk).
_MOUNT = """set -e
new=$1; build=$2; home=$3; here=$4; shift 4
if [ -n "$home" ]; then /bin/mount --rbind "$build" "$home"; fi
while [ "$1" != -- ]; do
  /bin/mkdir -p "$new/${1#/tmp/}"
  /bin/mount --rbind "$1" "$new/${1#/tmp/}"
  shift
done
shift
/bin/mount --rbind "$new" /tmp
cd "$here"
exec "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A private /tmp, and the built folder at ``home``."""

    unshare: tuple[str, ...]  # program and options that make the namespace
    tmp: Path  # folder that becomes /tmp
    build_dir: Path  # folder that becomes ``home``
    home: str  # "/app", or "" where that folder cannot be had
    visible: tuple[str, ...]  # folders below /tmp that scripts must still see

    def wrap(self, argv: tuple[str, ...], *, cwd: str) -> tuple[str, ...]:
        """Return the argv that runs ``argv`` inside, in the folder ``cwd``."""
        return (
            *self.unshare,
            *("/bin/sh", "-c", _MOUNT, "sh", str(self.tmp), str(self.build_dir), self.home, cwd),
            *(*self.visible, "--", *argv),
        )


def open_sandbox(
    *, tmp: Path, build_dir: Path, home: str, visible: Sequence[Path]
) -> Sandbox | None:
    """Return a sandbox that works on this machine, or None. ``tmp`` exists and is empty."""
    unshare = shutil.which("unshare", path="/usr/bin:/bin")
    if unshare is None:
        return None
    has_home = os.path.isdir(home)
    below = sorted({os.path.realpath(one) for one in visible})
    sandbox = Sandbox(
        unshare=(unshare, "-m") if os.geteuid() == 0 else (unshare, "-Urm"),
        tmp=tmp,
        build_dir=build_dir,
        home=home if has_home else "",
        visible=tuple(_outermost([one for one in below if one.startswith("/tmp/")])),
    )
    probe = run(
        Command(
            argv=sandbox.wrap(("/bin/true",), cwd="/"),
            cwd=Path("/"),
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            timeout_s=20,
        )
    )
    return sandbox if probe.exit_code == 0 else None


def _outermost(paths: list[str]) -> list[str]:
    kept: list[str] = []
    for path in paths:  # sorted: a folder stands before what lies in it
        if not any(path.startswith(one + "/") for one in kept):
            kept.append(path)
    return kept
