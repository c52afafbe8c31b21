"""Where imports are looked for, shared by all languages that have them.

In: an import as it is written, and the file that says it. Out: the file it names, and every
place that was looked at first. Reads folders and files; refuses to know any language: each brings
its own candidate names.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assetbuild.assets.model import PACKAGE_PREFIX, AbsentDep, Dep, FileDep, GlobDep
from assetbuild.assets.roots import display_path
from assetbuild.diagnostics import Diagnostic, Location, error
from assetbuild.digests import digest_parts, sha256_hex
from assetbuild.globs import compile_glob
from assetbuild.jsontype import parse_json
from assetbuild.suggest import find_nearest
from assetbuild.walking import walk_files

_NODE_MODULES = "node_modules"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSearch:
    """Where imports are looked for, in order: the importing file's folder, roots, packages."""

    project: str  # absolute project folder: deps and messages are relative to it
    roots: tuple[str, ...]  # absolute source roots, first wins
    load_paths: tuple[str, ...] = ()  # absolute configured folders, after the roots
    node_modules: tuple[str, ...] = ()  # absolute node_modules folders, nearest first

    def display(self, file: str) -> str:
        """Return the name of a file without the machine: project-relative, or ``pkg:name/path``."""
        for folder in self.node_modules:
            if file.startswith(folder + os.sep):
                return PACKAGE_PREFIX + file[len(folder) + 1 :].replace(os.sep, "/")
        return display_path(self.project, file)

    def locate(self, display: str) -> str:
        """Return the absolute path that ``display`` names; the nearest node_modules wins."""
        if not display.startswith(PACKAGE_PREFIX):
            return os.path.normpath(os.path.join(self.project, display))
        relative = display[len(PACKAGE_PREFIX) :]
        places = [os.path.join(folder, relative) for folder in self.node_modules]
        if not places:
            return os.path.join(self.project, _NODE_MODULES, relative)
        return next((one for one in places if os.path.lexists(one)), places[0])


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file that an import reached."""

    path: str  # absolute
    data: bytes  # its bytes


class ImportLog:
    """Everything one compile read or looked for; answers as dependencies."""

    def __init__(self, search: ImportSearch) -> None:
        self.search = search
        self._files: dict[str, ImportedFile] = {}
        self._absent: set[str] = set()
        self._globs: dict[str, str] = {}  # project-relative pattern -> digest of its names
        self._folders: dict[str, dict[str, str]] = {}

    def read(self, path: str) -> ImportedFile:
        """Return a file's bytes, read once, and remember that it was read. Errors: OSError."""
        known = self._files.get(path)
        if known is None:
            with open(path, "rb") as file:
                known = self._files[path] = ImportedFile(path, file.read())
        return known

    def find(self, path: str) -> str | None:
        """Return the file at a path, or None and remember that it was absent.

        Names match exactly on every system, but for their Unicode form (NFC, NFD).
        """
        folder, name = os.path.split(path)
        actual = self.list_folder(folder).get(unicodedata.normalize("NFC", name))
        if actual is not None:
            found = os.path.join(folder, actual)
            if os.path.isfile(found):
                return found
        self._absent.add(path)
        return None

    def expand(self, pattern: str) -> tuple[str, ...]:
        """Return the absolute files that an absolute glob matches, sorted, and remember it."""
        relative = os.path.relpath(pattern, self.search.project).replace(os.sep, "/")
        names = list_matches(self.search.project, relative)
        self._globs[relative] = digest_names(names)
        return tuple(os.path.normpath(os.path.join(self.search.project, one)) for one in names)

    def list_folder(self, folder: str) -> dict[str, str]:
        """Return a folder's names (NFC -> as on the disk); empty where there is no such folder."""
        names = self._folders.get(folder)
        if names is None:
            try:
                listed = os.listdir(folder)
            except OSError:
                listed = []
            names = {unicodedata.normalize("NFC", one): one for one in listed}
            self._folders[folder] = names
        return names

    def deps(self) -> tuple[Dep, ...]:
        """Return the sorted, unique dependencies: files read, places where nothing was."""
        read = {self.search.display(one.path): sha256_hex(one.data) for one in self._files.values()}
        absent = {self.search.display(one) for one in self._absent} - read.keys()
        return (
            *(FileDep(path, read[path]) for path in sorted(read)),
            *(AbsentDep(path) for path in sorted(absent)),
            *(GlobDep(pattern, self._globs[pattern]) for pattern in sorted(self._globs)),
        )


def list_matches(project: str, pattern: str) -> tuple[str, ...]:
    """Return the project-relative names that a project-relative glob matches, sorted."""
    glob = compile_glob(pattern)
    base = os.path.join(project, glob.base)
    prefix = f"{glob.base}/" if glob.base else ""
    names = [prefix + one.relative for one in walk_files(base)] if os.path.isdir(base) else []
    return tuple(one for one in names if glob.matches(one))


def digest_names(names: tuple[str, ...]) -> str:
    """Return the digest of sorted names, as a GlobDep holds it."""
    return digest_parts("names", names)


Candidates = Callable[[str], Iterator[tuple[str, ...]]]
"""The files a path without its ending may mean: groups in order; more than one hit in a group is ambiguous."""


def find_import(
    log: ImportLog,
    target: str,
    importer: str,
    candidates: Candidates,
    *,
    package_fields: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return the absolute file that ``target``, written in the file ``importer``, names.

    Empty: there is none; more than one: it may mean each of them.

    ``~pkg/x`` and ``pkg:pkg/x`` look only in node_modules (``~/x`` in the project); all others in
    the importing file's folder, the roots, the load paths and node_modules, whose own name may
    stand before (``node_modules/pkg/x``). ``package_fields``
    are the entries of package.json that name a bare package's main file.
    """
    for base, is_package in _bases(log.search, target, importer):
        for group in candidates(base):
            hits = [hit for hit in (log.find(one) for one in group) if hit is not None]
            if hits:
                return tuple(hits)
        if is_package and package_fields:
            main = _package_main(log, base, package_fields)
            if main is not None:
                return (main,)
    return ()


def _bases(search: ImportSearch, target: str, importer: str) -> Iterator[tuple[str, bool]]:
    """Yield the absolute paths ``target`` may stand for, and whether each is inside node_modules."""
    if target.startswith(PACKAGE_PREFIX):
        bare = target[len(PACKAGE_PREFIX) :]
    elif target.startswith("~/"):
        yield _join(search.project, target[2:]), False
        return
    elif target.startswith("~"):
        bare = target[1:]
    else:
        seen = set()
        for folder in (os.path.dirname(importer), *search.roots, *search.load_paths):
            base = _join(folder, target.lstrip("/"))
            if base not in seen:
                seen.add(base)
                yield base, False
        # written from the project's folder, as Angular and the older compilers' users do
        bare = target.removeprefix(f"{_NODE_MODULES}/")
    if not bare.startswith((".", "/")):
        for folder in search.node_modules:
            yield _join(folder, bare), True


def _join(folder: str, relative: str) -> str:
    return os.path.normpath(os.path.join(folder, relative))


def _package_main(log: ImportLog, folder: str, fields: tuple[str, ...]) -> str | None:
    description = log.find(os.path.join(folder, "package.json"))
    if description is None:
        return None
    try:
        document = parse_json(log.read(description).data)
    except ValueError:
        return None
    for name in fields:
        value = document.get(name) if isinstance(document, dict) else None
        if isinstance(value, str):
            found = log.find(_join(folder, value))
            if found is not None:
                return found
    return None


def nearest_import(
    log: ImportLog, target: str, importer: str, endings: tuple[str, ...]
) -> str | None:
    """Return how to write the import that is most like ``target``, or None.

    Looks at names in the folder that ``target`` points into, seen from each place of the search.
    """
    head, _, tail = target.rpartition("/")
    stem, ending = os.path.splitext(tail)
    if ending not in endings:
        stem, ending = tail, ""
    own = os.path.basename(importer)
    names = {
        os.path.splitext(name)[0].lstrip("_")
        for base, _is_package in _bases(log.search, target, importer)
        for name in log.list_folder(os.path.dirname(base))
        if name != own and os.path.splitext(name)[1] in endings
    }
    nearest = find_nearest(stem, names - {stem})
    if nearest is None:
        return None
    return (f"{head}/{nearest}" if head else nearest) + ending


def tell_missing_import(
    log: ImportLog,
    target: str,
    importer: str,
    *,
    endings: tuple[str, ...],
    location: Location,
    verb: str = "import",
) -> Diagnostic:
    """Return the error of an import that names nothing, with the nearest name or what is missing."""
    nearest = nearest_import(log, target, importer, endings)
    return error(
        "import/not-found",
        f'cannot find "{target}" to {verb}',
        location=location,
        hint=f'did you mean "{nearest}"?' if nearest else _tell_places(log, target),
    )


def package_of(bare: str) -> str:
    """Return the package that a path below node_modules is of: "@a/b/c.css" -> "@a/b"."""
    return "/".join(bare.split("/")[: 2 if bare.startswith("@") else 1])


def _tell_places(log: ImportLog, target: str) -> str:
    bare = target.removeprefix(PACKAGE_PREFIX).removeprefix("~")
    bare = bare.removeprefix(f"{_NODE_MODULES}/")
    name = package_of(bare)
    if name in _wanted_packages(log) and not any(
        os.path.isdir(os.path.join(folder, name)) for folder in log.search.node_modules
    ):
        return f'package.json lists "{name}", and it is not in node_modules: run npm install'
    return "looked in the file's folder, the source roots, load-paths and node_modules"


def _wanted_packages(log: ImportLog) -> set[str]:
    """Return the names that the project's package.json depends on; none where it is unreadable."""
    try:
        with open(os.path.join(log.search.project, "package.json"), "rb") as file:
            document = parse_json(file.read())
    except (OSError, ValueError):
        return set()
    kinds = ("dependencies", "devDependencies", "optionalDependencies")
    tables = [document.get(kind) for kind in kinds] if isinstance(document, dict) else []
    return {str(name) for table in tables if isinstance(table, dict) for name in table}
