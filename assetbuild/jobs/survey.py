"""Look at what a project holds that its configuration depends on.

In: a project folder, an environment. Out: a FoundProject. Nothing is written, no code of the project
is run; git is asked what it ignores.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assetbuild.assets.languages.names import name_output
from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.roots import find_roots
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.doctor.django import read_settings
from assetbuild.doctor.flask import read_static_folders
from assetbuild.globs import is_glob
from assetbuild.jobs.examine import find_django_settings
from assetbuild.paths import try_logical
from assetbuild.process import Command, run
from assetbuild.walking import walk_files

_NO_ROOT = "discover/no-roots"
SITE = "a site of HTML pages"
_SITE_FOLDERS = ("site", "src", "www")
_MENTIONS_FLASK = ("requirements.txt", "pyproject.toml", "Pipfile")
_IMPORTS_FLASK = re.compile(r"^\s*(?:from|import)\s+flask\b", re.MULTILINE)
_CODE_DEPTH = 5  # folders below the project in which apps and blueprints are looked for
_MAX_CODE = 1_000_000  # bytes of a module that is read
_APP_DEPTH = 3  # folders below the project in which other apps are looked for
# packages, and what other tools write
_FOREIGN = frozenset(
    {"node_modules", "__pycache__", "site-packages", "vendor", "test", "tests", "fixtures"}
    | {"public", "dist", "build", "out", "target", "_site", "coverage"}
)
_GIT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A program that writes a site's pages, or bundles its scripts, into a folder."""

    name: str  # "Hugo"
    markers: tuple[str, ...]  # one of these files stands in its projects
    output: str  # folder that it writes
    command: str  # that writes it
    hashed: str = ""  # glob of names that it hashes itself; empty: none


_GENERATORS = (
    Generator(
        name="Hugo",
        markers=("hugo.toml", "hugo.yaml", "hugo.json"),
        output="public",
        command="hugo",
    ),
    Generator(
        name="Jekyll",
        markers=("_config.yml", "_config.toml"),
        output="_site",
        command="bundle exec jekyll build",
    ),
    Generator(
        name="Eleventy",
        markers=(".eleventy.js", *(f"eleventy.config.{one}" for one in ("js", "mjs", "cjs", "ts"))),
        output="_site",
        command="npx @11ty/eleventy",
    ),
    Generator(
        name="Astro",
        markers=tuple(f"astro.config.{one}" for one in ("mjs", "js", "ts")),
        output="dist",
        command="npx astro build",
        hashed="_astro/**",
    ),
    Generator(
        name="Vite",
        markers=tuple(f"vite.config.{one}" for one in ("js", "ts", "mjs", "mts", "cjs")),
        output="dist",
        command="npx vite build",
        hashed="assets/**",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProject:
    """What init saw in the project."""

    roots: tuple[str, ...] = ()  # source folders, relative to the project; may be empty
    framework: str | None = None  # "Django", "Flask", "Rails", SITE; None: none that is known
    generator: Generator | None = None  # what writes the pages of a SITE
    collected: str = ""  # Django's STATIC_ROOT among the roots, the last
    has_sprockets: bool = False  # Rails's helpers read Sprockets' manifest, not Propshaft's
    exclude: tuple[str, ...] = ()  # logical paths of what another tool compiled beside its source
    left_out: tuple[str, ...] = ()  # usual source folders that git ignores
    apps: tuple[str, ...] = ()  # folders of the apps whose sources the roots are, if not here
    unignored: tuple[str, ...] = ()  # of the folders that builds write, those that git would take


def survey_project(project: Path, env: Mapping[str, str]) -> FoundProject:
    """Return what a project holds; its own apps, or else those in folders below it."""
    found = _look_at(project, env)
    if not found.roots and found.framework is None:
        found = _look_below(project, env) or found
    output = "dist/" if found.framework == SITE else "public/assets/"
    if found.generator is not None:
        output = "built/"
    asked = [output, ".assetbuild/"]
    ignored = _find_ignored(project, [*asked, *found.roots], env)
    if ignored is None:
        return found
    # what is ignored is written by some tool; a generator's pages are that by design
    kept = found.roots if found.generator else (found.collected,)
    other = [one for one in found.roots if one in ignored and one not in kept]
    roots = tuple(one for one in found.roots if one not in other)
    if not roots:
        roots, other = found.roots, []
    return replace(
        found,
        roots=roots,
        left_out=tuple(other),
        exclude=_find_compiled(project, roots, env) if not found.generator else (),
        unignored=tuple(one for one in asked if one not in ignored),
    )


def _look_at(project: Path, env: Mapping[str, str], *, is_below: bool = False) -> FoundProject:
    roots = _find_usual(project)
    if (project / "manage.py").is_file():
        root = read_static_root(project, env)
        roots = tuple(one for one in roots if one != root)
        return FoundProject(
            roots=(*roots, root) if root else roots, framework="Django", collected=root
        )
    if (project / "config/application.rb").is_file():
        sprockets = _has_sprockets(project)
        return FoundProject(roots=roots, framework="Rails", has_sprockets=sprockets)
    for generator in _GENERATORS:
        if any((project / one).is_file() for one in generator.markers):
            return FoundProject(roots=(generator.output,), framework=SITE, generator=generator)
    # below, each folder's code would be read for every folder above it
    is_flask, folders = read_flask(project) if roots or not is_below else (False, [])
    if is_flask:
        return FoundProject(roots=tuple(dict.fromkeys((*roots, *folders))), framework="Flask")
    if roots:
        return FoundProject(roots=roots)
    sites = tuple(one for one in _SITE_FOLDERS if (project / one / "index.html").is_file())
    is_site = bool(sites) or (project / "index.html").is_file()
    return FoundProject(roots=sites[:1], framework=SITE if is_site else None)


def _find_usual(project: Path) -> tuple[str, ...]:
    try:
        return tuple(root.display for root in find_roots(Config(project=project)).roots)
    except AssetbuildError as failure:
        if any(item.code != _NO_ROOT for item in failure.diagnostics):
            raise
        return ()


def _look_below(project: Path, env: Mapping[str, str]) -> FoundProject | None:
    """Return the sources of the apps in folders below; of a single app also what it is."""
    apps: list[tuple[str, FoundProject]] = []
    pending = [""]
    while pending:
        folder = pending.pop(0)
        for name in sorted(os.listdir(project / folder)):
            below = f"{folder}/{name}".lstrip("/")
            if (project / below).is_symlink() or not (project / below).is_dir():
                continue
            if _is_foreign(project, below, depth=_APP_DEPTH):
                continue
            found = _look_at(project / below, env, is_below=True)
            if found.roots and found.framework != SITE:
                apps.append((below, found))
            else:
                pending.append(below)
    if not apps:
        return None
    roots = tuple(f"{folder}/{one}" for folder, found in apps for one in found.roots)
    first = apps[0][1] if len(apps) == 1 else FoundProject()
    return replace(first, collected="", roots=roots, apps=tuple(folder for folder, _ in apps))


def _is_foreign(project: Path, relative: str, *, depth: int) -> bool:
    name = os.path.basename(relative)
    return (
        name.startswith(".")
        or name in _FOREIGN
        or relative.count("/") >= depth
        or (project / relative / "pyvenv.cfg").is_file()
    )


def read_static_root(project: Path, env: Mapping[str, str]) -> str:
    """Return STATIC_ROOT below the project: a root, as it holds what other apps bring."""
    for _, text in find_django_settings(project, env):
        settings = read_settings(text)
        root = (settings.static_root if settings else None) or ""
        return "" if root.startswith(("/", ".")) else root.rstrip("/")
    return ""


def read_flask(project: Path) -> tuple[bool, list[str]]:
    """Tell whether this is a Flask app; and the static folders that its code names, outermost first."""
    is_flask = any(
        "flask" in path.read_text("utf-8", "replace").lower()
        for name in _MENTIONS_FLASK
        if (path := project / name).is_file()
    )
    found = []
    for file, text in _read_modules(project):
        # in a folder that is no package, or deeper, it is another app's
        above = os.path.dirname(file.removeprefix("src/"))
        package = project / os.path.dirname(file) / "__init__.py"
        is_outer = not above or ("/" not in above and package.is_file())
        is_flask = is_flask or (is_outer and _IMPORTS_FLASK.search(text) is not None)
        for name in read_static_folders(text):
            folder = os.path.normpath(os.path.join(os.path.dirname(file), name))
            if not folder.startswith("..") and (project / folder).is_dir():
                found.append(folder.replace(os.sep, "/"))
    return is_flask, sorted(found, key=lambda one: (one.count("/"), one))


def _read_modules(project: Path) -> Iterator[tuple[str, str]]:
    def skip(relative: str) -> bool:
        return _is_foreign(project, relative, depth=_CODE_DEPTH)

    for one in walk_files(project, skip_folder=skip):
        if one.relative.endswith(".py") and one.size <= _MAX_CODE:
            yield one.relative, Path(one.path).read_text("utf-8", "replace")


def _has_sprockets(project: Path) -> bool:
    gems = project / "Gemfile"
    text = gems.read_text("utf-8", "replace") if gems.is_file() else ""
    return "sprockets" in text or (project / "app/assets/config/manifest.js").is_file()


def _find_compiled(project: Path, roots: Iterable[str], env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the logical paths of files that git ignores and that a source beside them becomes."""
    sources: dict[str, str] = {}  # logical path -> file
    compiled: set[str] = set()
    for root in roots:
        if not (project / root).is_dir():
            continue
        for one in walk_files(project / root, skip_folder=lambda name: "node_modules" in name):
            logical = try_logical(one.relative)
            if logical is None or is_glob(logical):
                continue
            sources.setdefault(logical, f"{root}/{one.relative}")
            output = name_output(find_language(logical), logical)
            if output != logical:
                compiled.add(output)
    doubled = {sources[one]: one for one in compiled if one in sources}
    ignored = _find_ignored(project, doubled, env) or ()
    return tuple(sorted(doubled[one] for one in ignored))


def _find_ignored(
    project: Path, paths: Iterable[str], env: Mapping[str, str]
) -> frozenset[str] | None:
    """Return those of the paths that git ignores; None: this is no checkout, or there is no git."""
    asked = "".join(f"{one}\0" for one in paths).encode()
    argv = ("git", "check-ignore", "-z", "--stdin")
    done = run(Command(argv=argv, cwd=project, env=env, stdin=asked, timeout_s=_GIT_S))
    # 1: none of them is ignored
    if done.exit_code not in (0, 1):
        return None
    return frozenset(one for one in done.stdout.decode("utf-8", "replace").split("\0") if one)
