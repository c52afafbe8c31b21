"""A root folder for chroot that has a shell and the C library, as the smallest run image would."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from assetbuild.buildpacks.runtime import parse_loader

_LIBC = (
    *("libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2"),
)


def make_bare_root(
    root: Path,
    *,
    programs: Iterable[str] = ("sh", "dirname", "env"),
    libraries: Iterable[str] = (),
) -> Path:
    """Make a root with some programs and what they link; no Python."""
    (root / "usr/bin").mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    for program in programs:
        copy_program(root, program)
    # what any run image has: the rest of the C library
    for name in (*_LIBC, *libraries):
        for place in (Path("/lib/x86_64-linux-gnu"), Path("/lib/aarch64-linux-gnu")):
            if (place / name).exists():
                _copy_into(root, str(place / name))
    return root


def copy_program(root: Path, name: str) -> None:
    """Copy a program, or a script, of the machine and what it links."""
    found = shutil.which(name, path="/usr/bin:/bin")
    assert found is not None, f"there is no {name} on this machine"
    _copy_into(root, found)
    if not Path(found).read_bytes().startswith(b"#!"):
        copy_linked(root, found)


def copy_linked(root: Path, program: str) -> None:
    """Copy the loader and the libraries that a program or a module links to the same paths."""
    told = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    loader = parse_loader(told)
    libraries = [one.split()[2] for one in told.splitlines() if "=> /" in one]
    for path in [*libraries, *([loader] if loader else [])]:
        _copy_into(root, path)


def _copy_into(root: Path, path: str) -> None:
    target = root / path.lstrip("/")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
