"""What the slug carries so that ``assetbuild upload`` runs in the release phase.

In: where libraries and an interpreter lie on the build machine. Out: which files of them go where,
and the text of the launcher. Pure but for reading folders; runtime_files.py copies.

The run images of heroku-24 and heroku-26 have no Python. So the slug runs assetbuild with the
Python that a pack of the chain left, or with a copy of the interpreter that builds, which is
started through its own dynamic loader: no LD_LIBRARY_PATH reaches the app's own commands.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assetbuild.walking import walk_files

FOLDER = ".assetbuild/runtime"  # below the build folder
PROFILE = ".profile.d/assetbuild.sh"
CHAIN_PYTHON = ".heroku/python/bin/python3"  # where the Python packs put theirs
# below FOLDER: the package assetbuild, which the app's own processes may import, and of its
# libraries only what it reads its configuration with
OWN = "own"
LIBRARIES = "lib"  # below FOLDER: what it needs to publish; the app may have others of these
PATH_FILE = "assetbuild-of-the-slug.pth"  # in the site-packages of the chain's Python

# what upload, verify, prune and releases import; no compiler among them
DISTRIBUTIONS = ("botocore", "click", "jmespath", "python-dateutil", "six", "urllib3")
# botocore's data is 300 services; the credential chain needs these, and the endpoint rules
_BOTOCORE_SERVICES = frozenset({"s3", "sts", "sso", "sso-oidc", "signin", "cloudfront"})

# parts of the standard library that no release command imports
_NO_STDLIB = frozenset(
    {
        "__pycache__",
        "site-packages",
        "dist-packages",
        "test",
        "tests",
        "idlelib",
        "tkinter",
        "turtledemo",
        "ensurepip",
        "lib2to3",
        "pydoc_data",
        "venv",
        "sitecustomize.py",  # a link into the machine's /etc on Debian
    }
)
# the C library belongs to the run image: its loader and its modules must fit each other
_LIBC = re.compile(
    r"(ld-linux.*|lib(c|m|dl|pthread|rt|util|resolv|nsl|crypt|anl|BrokenLocale))\.so(\..*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedFile:
    """One file of the runtime."""

    source: Path  # on the build machine
    target: str  # posix path below FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """The Python that the slug runs assetbuild with."""

    python: str  # posix path below the build folder
    loader: str | None  # absolute path of the dynamic loader; None: started as it is
    version: tuple[int, int]  # major, minor
    site: str | None = None  # its site-packages, posix path below the build folder


def list_package(package: Path) -> Iterator[CopiedFile]:
    """Yield the files of assetbuild itself; ``package`` is its folder."""
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            relative = path.relative_to(package.parent).as_posix()
            yield CopiedFile(source=path, target=f"{OWN}/{relative}")


def list_libraries(names: Iterable[str], *, folder: str) -> Iterator[CopiedFile]:
    """Yield the files of distributions, as installed for this interpreter.

    ``folder`` is where they go: OWN or LIBRARIES. Their licences come along; their scripts and byte
    code do not. Errors: importlib.metadata.PackageNotFoundError for one that is not installed.
    """
    import importlib.metadata  # heavy: it brings the email package

    for name in names:
        for file in importlib.metadata.distribution(name).files or ():
            if file.parts[0] == ".." or "__pycache__" in file.parts or not is_needed(file):
                continue
            path = Path(str(file.locate()))
            if path.is_file():
                yield CopiedFile(source=path, target=f"{folder}/{file.as_posix()}")


def is_needed(file: PurePosixPath) -> bool:
    """Tell whether the release phase can need a file of a library."""
    parts = file.parts
    if parts[:2] == ("botocore", "data") and len(parts) > 3:
        return parts[2] in _BOTOCORE_SERVICES
    return not (parts[0] == "urllib3" and "emscripten" in parts)


def list_interpreter(
    executable: Path, stdlib: Path, version: tuple[int, int]
) -> Iterator[CopiedFile]:
    """Yield the files of an interpreter: its program and the standard library without the rest."""
    name = f"python{version[0]}.{version[1]}"
    yield CopiedFile(source=executable.resolve(), target=f"python/bin/{name}")
    # site-packages may hold a hundred times more than the rest: do not look into what is left out
    for found in walk_files(stdlib, skip_folder=lambda path: _is_left_out(Path(path))):
        if not _is_left_out(Path(found.relative)):
            yield CopiedFile(source=Path(found.path), target=f"python/lib/{name}/{found.relative}")


def _is_left_out(relative: Path) -> bool:
    first = relative.parts[0]
    return (
        bool(_NO_STDLIB & set(relative.parts))
        or first.startswith("config-")
        or relative.name.startswith(("_test", "_ctypes_test", "_xxtestfuzz", "_tkinter"))
        or relative.suffix in {".a", ".exe"}
    )


def parse_ldd(text: str) -> dict[str, str]:
    """Return the libraries that ``ldd`` found, without the C library's: name -> path."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = re.match(r"\s*(\S+) => (/\S+)", line)
        if match and not _LIBC.fullmatch(match.group(1)):
            found[match.group(1)] = match.group(2)
    return found


def parse_loader(text: str) -> str | None:
    """Return the dynamic loader that ``ldd`` names, or None for a static program."""
    match = re.search(r"^[ \t]*(?:\S+ => )?(/\S*ld-linux\S*|/\S*ld-musl\S*)", text, re.MULTILINE)
    return match.group(1) if match else None


def render_launcher(interpreter: Interpreter) -> str:
    """Return the script ``assetbuild`` that lies on PATH in the slug."""
    python = f'"$app/{interpreter.python}"'
    if interpreter.loader is not None:
        python = f'{interpreter.loader} --library-path "$here/python/shared" {python}'
    return (
        "#!/bin/sh\n"
        "# written by assetbuild: run it with a Python that the slug carries\n"
        'here=$(CDPATH=\'\' cd -- "$(dirname -- "$0")/.." && pwd)\n'
        "app=${here%/.assetbuild/runtime}\n"
        f'exec {python} -I "$here/main.py" "$@"\n'
    )


def render_main() -> str:
    """Return main.py of the runtime: its own package and libraries come before any other."""
    return (
        "import os, sys\n"
        "here = os.path.dirname(os.path.abspath(__file__))\n"
        f'sys.path[:0] = [os.path.join(here, "{OWN}"), os.path.join(here, "{LIBRARIES}")]\n'
        "from assetbuild.cli.main import main\n"
        "sys.exit(main())\n"
    )


def render_profile() -> str:
    """Return .profile.d/assetbuild.sh, which every dyno of the slug sources."""
    return f'export PATH="$HOME/{FOLDER}/bin:$PATH"\n'


def render_path_file(site: str) -> str:
    """Return PATH_FILE for ``site``: a Python then finds assetbuild where the app installs none.

    Python appends the line to its path, so what a requirements file installs comes first. It is
    relative, for the slug runs in another folder. Source: the documentation of ``site``.
    """
    return posixpath.relpath(f"{FOLDER}/{OWN}", site) + "\n"


def is_usable(version: tuple[int, int]) -> bool:
    """Tell whether a Python of the chain can run assetbuild with the libraries copied here.

    They are pure Python but for tomli, which 3.10 needs and which is only there when 3.10 builds.
    """
    return version >= (3, 11) or version == sys.version_info[:2] >= (3, 10)
