"""Of whom the files of the runtime are: distributions of PyPI, the interpreter, system packages.

In: the folder of a runtime and what was copied into it. Out: Components, with their licences copied
beside them. Source: importlib.metadata, and dpkg where there is one.
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from assetbuild import __version__
from assetbuild.buildpacks.runtime import LIBRARIES, OWN
from assetbuild.buildpacks.sbom import (
    Component,
    make_deb_purl,
    make_pypi_purl,
    render_notices,
    render_sbom,
)
from assetbuild.files import atomic_write, hash_file
from assetbuild.process import Command, run

SBOM = "sbom.cdx.json"  # below the runtime's folder
NOTICES = "NOTICES.txt"
_LICENCES = "licences"
_COPYRIGHT = Path("/usr/share/doc")
_OS_RELEASE = Path("/etc/os-release")
_DPKG_S = 30.0


def write_parts(
    folder: Path, names: Iterable[str], shared: Mapping[str, str], *, env: Mapping[str, str]
) -> None:
    """Write the bill of materials and the notices of a runtime.

    ``names`` are its distributions, ``shared`` the libraries beside a copied interpreter: file
    name below python/shared -> where it came from.
    """
    own = _describe_own(folder)
    parts = [_describe_distribution(folder, name) for name in names]
    if (folder / "python").is_dir():
        # the interpreter's own library is part of it, whoever packed it
        of_python = {name for name in shared if name.startswith("libpython")}
        parts.append(_describe_python(folder, sorted(of_python)))
        others = {name: path for name, path in shared.items() if name not in of_python}
        parts += _describe_shared(folder, others, env)
    atomic_write(folder / SBOM, render_sbom(own, parts).encode())
    atomic_write(folder / NOTICES, render_notices([own, *parts]).encode())


def _describe_own(folder: Path) -> Component:
    found = _find_own_licence()
    kept = _keep(folder, "assetbuild", found) if found is not None else ()
    return Component(
        name="assetbuild",
        version=__version__,
        kind="application",
        purl=make_pypi_purl("assetbuild", __version__),
        licence="MIT",
        licence_files=kept,
    )


def _find_own_licence() -> Path | None:
    beside = Path(__file__).parent.parent.parent / "LICENSE"
    if beside.is_file():  # a checkout: the buildpack as the platform clones it
        return beside
    try:
        files = importlib.metadata.distribution("assetbuild").files or ()
    except importlib.metadata.PackageNotFoundError:
        return None  # a copied package folder, without the checkout round it
    for file in files:
        if file.name == "LICENSE":
            return Path(str(file.locate()))
    return None


def _describe_distribution(folder: Path, name: str) -> Component:
    found = importlib.metadata.distribution(name)
    fields = ("License-Expression", "License")
    stated = [one for field in fields for one in found.metadata.get_all(field) or ()]
    # some put the whole text there
    licence = next((one for one in stated if len(one) < 80 and "\n" not in one), None)
    texts = [
        f"{place}/{file.as_posix()}"
        for place in (OWN, LIBRARIES)
        for file in found.files or ()
        if ".dist-info/" in file.as_posix()
        and file.name.upper().startswith(("LICENSE", "LICENCE", "NOTICE", "COPYING"))
    ]
    return Component(
        name=found.metadata["Name"],
        version=found.version,
        kind="library",
        purl=make_pypi_purl(found.metadata["Name"], found.version),
        licence=licence,
        licence_files=tuple(sorted(one for one in texts if (folder / one).is_file())),
    )


def _describe_python(folder: Path, shared: Sequence[str]) -> Component:
    version = platform.python_version()
    texts = sorted(
        path.relative_to(folder).as_posix() for path in folder.glob("python/lib/*/LICENSE*")
    )
    return Component(
        name="python",
        version=version,
        kind="platform",
        purl=f"pkg:generic/python@{version}",
        licence="PSF-2.0",
        licence_files=tuple(texts),
        files=tuple(_hash(folder, name) for name in shared),
    )


def _hash(folder: Path, name: str) -> tuple[str, str]:
    path = f"python/shared/{name}"
    return path, hash_file(folder / path)


def _describe_shared(
    folder: Path, shared: Mapping[str, str], env: Mapping[str, str]
) -> list[Component]:
    """Return the system packages that the shared libraries are of; a library without one is one."""
    owners = _ask_owners(sorted(shared.values()), env)
    files: dict[str, list[tuple[str, str]]] = {}
    for name, source in sorted(shared.items()):
        owner = owners.get(source, f"file:{name}")
        files.setdefault(owner, []).append(_hash(folder, name))
    facts = _ask_versions([one for one in files if not one.startswith("file:")], env)
    vendor = _read_vendor()
    parts: list[Component] = []
    for owner, listed in sorted(files.items()):
        name = owner.removeprefix("file:").partition(":")[0]
        version, architecture = facts.get(owner, ("", ""))
        copyright_file = _COPYRIGHT / name / "copyright"
        parts.append(
            Component(
                name=name,
                version=version,
                kind="library",
                purl=make_deb_purl(vendor, name, version, architecture) if version else None,
                licence=None,
                licence_files=_keep(folder, name, copyright_file),
                files=tuple(listed),
            )
        )
    return parts


def _keep(folder: Path, name: str, source: Path) -> tuple[str, ...]:
    """Copy a licence beside the runtime; one that is not on this machine is left out."""
    try:
        data = source.read_bytes()
    except OSError:
        return ()
    atomic_write(folder / _LICENCES / f"{name}.txt", data)
    return (f"{_LICENCES}/{name}.txt",)


def _ask_owners(paths: Sequence[str], env: Mapping[str, str]) -> dict[str, str]:
    """Return path -> package of dpkg, as "libssl3:amd64"."""
    # the database may know a file by its name before /lib became a link to /usr/lib
    spellings = {path: path for path in paths}
    for path in paths:
        spellings.setdefault(str(Path(path).resolve()), path)
        spellings.setdefault(path.removeprefix("/usr"), path)
        spellings.setdefault(f"/usr{path}", path)
    found: dict[str, str] = {}
    for line in _ask_dpkg(("-S", *sorted(spellings)), env):
        owner, _, path = line.partition(": ")
        if path in spellings:
            found[spellings[path]] = owner.partition(",")[0]
    return found


def _ask_versions(packages: Sequence[str], env: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    if not packages:
        return {}
    form = "${binary:Package} ${Package}:${Architecture} ${Version} ${Architecture}\n"
    found: dict[str, tuple[str, str]] = {}
    for line in _ask_dpkg(("-W", "-f", form, *packages), env):
        name, qualified, version, architecture = line.split(" ")
        found[name] = found[qualified] = (version, architecture)
    return found


def _ask_dpkg(arguments: tuple[str, ...], env: Mapping[str, str]) -> list[str]:
    """Return the lines of dpkg-query; none where there is no dpkg. It exits 1 for unknown paths."""
    plain = {"PATH": env.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    command = Command(argv=("dpkg-query", *arguments), cwd=Path("/"), env=plain, timeout_s=_DPKG_S)
    done = run(command)
    return [] if done.is_missing else done.stdout.decode("utf-8", "replace").splitlines()


def _read_vendor() -> str:
    try:
        text = _OS_RELEASE.read_text("utf-8", "replace")
    except OSError:
        return "debian"
    for line in text.splitlines():
        if line.startswith("ID="):
            return line.removeprefix("ID=").strip().strip('"')
    return "debian"
