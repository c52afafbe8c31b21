"""The files of an app that may name assets: templates and sources, not packages and outputs.

In: a project folder. Out: paths and texts. Only listing and reading.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assetbuild.assets.usage.templates import CODE, MARKUP
from assetbuild.globs import compile_glob, match_any
from assetbuild.walking import walk_files

TEMPLATES = MARKUP | CODE
"""Extensions of files whose helpers name assets."""

SCRIPTS = frozenset([".cjs", ".cts", ".js", ".jsx", ".mjs", ".mts", ".ts", ".tsx"])
COMPONENTS = frozenset([".svelte", ".vue"])

_CHECKED = TEMPLATES | SCRIPTS | COMPONENTS
# names that a test makes up are no assets, and a minified script is somebody else's
_NO_SCRIPT = re.compile(r"(?:^|/)__(?:tests|mocks)__/|[.](?:test|spec|min|d)[.]\w+$")
_MORE = frozenset(
    [
        ".cfg",
        ".coffee",
        ".conf",
        ".cs",
        ".cshtml",
        ".css",
        ".ejs",
        ".go",
        ".hbs",
        ".ini",
        ".java",
        ".json",
        ".json5",
        ".jsp",
        ".kt",
        ".less",
        ".mustache",
        ".pug",
        ".rs",
        ".sass",
        ".scala",
        ".scss",
        ".toml",
        ".webmanifest",
        ".yaml",
        ".yml",
    ]
)
_NEVER = frozenset(
    ["node_modules", "__pycache__", "bower_components", "site-packages", "htmlcov", "vendor/bundle"]
)
_NOT_THEIRS = frozenset(
    ["assetbuild.toml", "package-lock.json", "composer.lock", "npm-shrinkwrap.json"]
)
_MAX_BYTES = 2_000_000  # no template is larger; data is


@dataclass(frozen=True, slots=True)
class AppFile:
    """A text file of the app."""

    display: str  # project-relative, posix
    path: str  # absolute
    extension: str  # lower case, with its dot; double for ".blade.php"


def find_app_files(
    project: str, *, output: str, exclude: Sequence[str], is_check: bool
) -> tuple[AppFile, ...]:
    """Return the files to look at, sorted. ``is_check``: only those in which names are looked for."""
    globs = [compile_glob(one) for one in exclude]
    wanted = _CHECKED if is_check else _CHECKED | _MORE
    real_output = os.path.realpath(output)

    def skip(relative: str) -> bool:
        path = os.path.join(project, relative)
        name = os.path.basename(path)
        return (
            name.startswith(".")
            or name in _NEVER
            or path.endswith("/vendor/bundle")
            or os.path.realpath(path) == real_output
            or os.path.exists(os.path.join(path, "pyvenv.cfg"))
            or not os.access(path, os.R_OK | os.X_OK)
        )

    found = []
    for one in walk_files(project, skip_folder=skip):
        extension = extension_of(one.relative)
        name = one.relative.rpartition("/")[2]
        if extension not in wanted or one.size > _MAX_BYTES or name in _NOT_THEIRS:
            continue
        if is_check and extension in SCRIPTS and _NO_SCRIPT.search(one.relative.lower()):
            continue
        if globs and match_any(globs, one.relative):
            continue
        found.append(AppFile(one.relative, one.path, extension))
    return tuple(sorted(found, key=lambda one: one.display))


def extension_of(name: str) -> str:
    """Return the extension that tells the language: ".erb" of "a.html.erb"."""
    base = name.rpartition("/")[2].lower()
    if base.endswith(".blade.php"):
        return ".blade.php"
    return os.path.splitext(base)[1]


def read_texts(files: Sequence[AppFile]) -> Iterator[tuple[AppFile, str]]:
    """Yield each file with its text; what cannot be read, or is no text, is passed by."""
    for one in files:
        try:
            with open(one.path, "rb") as file:
                data = file.read()
        except OSError:
            continue
        if b"\0" not in data[:8000]:
            yield one, data.decode("utf-8", "replace")
