"""Write a small commented assetbuild.toml for what a project holds.

In: a project folder. Out: the text, and the file where there was none.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.roots import find_roots
from assetbuild.config.load import CONFIG_NAME
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, Location, error
from assetbuild.doctor.flask import read_static_folders
from assetbuild.files import atomic_write
from assetbuild.trees import walk_files

_NO_ROOT = "discover/no-roots"
SITE = "a site of HTML pages"
_SITE_FOLDERS = ("site", "src", "www")
_FLASK_DEPTH = 5  # folders below the project in which apps and blueprints are looked for
_MAX_CODE = 1_000_000  # bytes of a module that is read
_NO_APPS = frozenset({"node_modules", "__pycache__", "site-packages", "tests", "test"})
_MENTIONS_FLASK = ("requirements.txt", "pyproject.toml", "Pipfile", "app.py", "wsgi.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProject:
    """What init saw in the project."""

    roots: tuple[str, ...]  # source folders, relative to the project; may be empty
    framework: str | None  # "Django", "Flask", "Rails", SITE; None: none that is known
    has_sprockets: bool = False  # Rails's helpers read Sprockets' manifest, not Propshaft's
    has_node_modules: bool  # package.json stands in the project
    is_git: bool  # the project is a git checkout


def look_at_project(project: Path) -> FoundProject:
    """Return what a project holds that its configuration depends on."""
    try:
        roots = tuple(root.display for root in find_roots(Config(project=project)).roots)
    except AssetbuildError as failure:
        if any(item.code != _NO_ROOT for item in failure.diagnostics):
            raise
        roots = ()
    framework = _find_framework(project)
    if framework == "Flask":
        roots = tuple(dict.fromkeys((*roots, *_find_flask_folders(project))))
    if framework is None and not roots:
        roots = tuple(one for one in _SITE_FOLDERS if (project / one / "index.html").is_file())[:1]
        if roots or (project / "index.html").is_file():
            framework = SITE
    return FoundProject(
        roots=roots,
        framework=framework,
        has_sprockets=_has_sprockets(project),
        has_node_modules=(project / "package.json").is_file(),
        is_git=(project / ".git").exists(),
    )


def _find_framework(project: Path) -> str | None:
    if (project / "manage.py").is_file():
        return "Django"
    if (project / "config/application.rb").is_file():
        return "Rails"
    for name in _MENTIONS_FLASK:
        path = project / name
        if path.is_file() and "flask" in path.read_text("utf-8", "replace").lower():
            return "Flask"
    return None


def _find_flask_folders(project: Path) -> list[str]:
    """Return the static folders of the app and its blueprints that are there, the app's first."""

    def is_foreign(relative: str) -> bool:
        name = os.path.basename(relative)
        return (
            name.startswith(".")
            or name in _NO_APPS
            or relative.count("/") >= _FLASK_DEPTH
            or (project / relative / "pyvenv.cfg").is_file()
        )

    found = []
    for one in walk_files(project, skip_folder=is_foreign):
        if not one.relative.endswith(".py") or one.size > _MAX_CODE:
            continue
        for name in read_static_folders(Path(one.path).read_text("utf-8", "replace")):
            folder = os.path.normpath(os.path.join(os.path.dirname(one.relative), name))
            if not folder.startswith("..") and (project / folder).is_dir():
                found.append(folder.replace(os.sep, "/"))
    # a package's app is written before those in its folders
    return sorted(found, key=lambda one: (one.count("/"), one))


def _has_sprockets(project: Path) -> bool:
    gems = project / "Gemfile"
    text = gems.read_text("utf-8", "replace") if gems.is_file() else ""
    return "sprockets" in text or (project / "app/assets/config/manifest.js").is_file()


def name_first_root(found: FoundProject) -> str:
    """Return the folder in which the first sources would be looked for."""
    if found.roots:
        return found.roots[0]
    return {"Django": "static", "Flask": "static", SITE: "site"}.get(
        found.framework or "", "assets"
    )


def render_config(found: FoundProject) -> str:
    """Return the text of an assetbuild.toml: what differs from the defaults, and what is usual."""
    roots = json.dumps(list(found.roots or (name_first_root(found),)), ensure_ascii=False)
    is_site = found.framework == SITE
    url = {"Django": "/static/", "Flask": "/static/", SITE: "/"}.get(
        found.framework or "", "/assets/"
    )
    forms = {"Django": "django", "Rails": "sprockets" if found.has_sprockets else "propshaft"}
    lines = [
        "# What assetbuild makes of this project. Every key: docs/reference/configuration.md",
        "# Show what is in force: assetbuild config",
        "",
        "[assets]",
        "# Source folders; where two hold the same file, the first wins.",
        f"roots = {roots}",
        "# Built files and manifest.json. Do not commit this folder.",
        'output = "dist"' if is_site else 'output = "public/assets"',
        f'url = "{url}"',
        'unhashed = ["**/*.html", "favicon.ico", "robots.txt"]   # outputs that keep their name'
        if is_site
        else '# unhashed = ["robots.txt", "favicon.ico"]   # outputs that keep their name',
        '# exclude = ["**/*.psd"]',
        "",
        "# Several files as one:",
        "# [[bundle]]",
        '# name = "js/app.js"',
        '# files = ["js/lib/*.js", "js/main.coffee"]',
        "",
        "# Options for the files that a glob names:",
        "# [[rule]]",
        '# glob = "vendor/**"',
        '# missing = "warn"     # a third-party file may name files it does not ship',
    ]
    if found.framework in forms:
        lines += [
            "",
            "[manifest]",
            f"# The manifest that {found.framework}'s own helpers read:",
            f'formats = ["{forms[found.framework]}"]',
        ]
    return "\n".join(lines) + "\n"


def write_config(project: Path, *, is_forced: bool = False) -> tuple[Path, FoundProject]:
    """Write assetbuild.toml and return its path and what was seen.

    Errors: ``init/exists``.
    """
    path = project / CONFIG_NAME
    pyproject = project / "pyproject.toml"
    has_table = pyproject.is_file() and "[tool.assetbuild" in pyproject.read_text(
        "utf-8", "replace"
    )
    if has_table or (os.path.lexists(path) and not is_forced):
        name = pyproject.name if has_table else path.name
        raise AssetbuildError(
            error(
                "init/exists",
                f'"{name}" configures this project already',
                location=Location(file=name),
                hint="edit it, or write a new one: assetbuild init --force"
                if not has_table
                else "edit its [tool.assetbuild] table",
            )
        )
    found = look_at_project(project)
    atomic_write(path, render_config(found).encode())
    return path, found
