"""Write a small commented assetbuild.toml for what a project holds.

In: a project folder, an environment. Out: the text, and the file where there was none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from assetbuild.config.load import CONFIG_NAME
from assetbuild.diagnostics import AssetbuildError, Location, error
from assetbuild.files import atomic_write
from assetbuild.jobs.survey import SITE, FoundProject, survey_project
from assetbuild.wrapping import WIDTH


def name_first_root(found: FoundProject) -> str:
    """Return the folder in which the first sources would be looked for."""
    if found.roots:
        return found.roots[0]
    return {"Django": "static", "Flask": "static", SITE: "site"}.get(
        found.framework or "", "assets"
    )


def name_output_folder(found: FoundProject) -> str:
    """Return the folder that the build will write."""
    if found.generator is not None:
        return "built"  # the generator's own may be called "dist"
    return "dist" if found.framework == SITE else "public/assets"


def render_config(found: FoundProject) -> str:
    """Return the text of an assetbuild.toml: what differs from the defaults, and what is usual."""
    url = {"Django": "/static/", "Flask": "/static/", SITE: "/"}.get(
        found.framework or "", "/assets/"
    )
    lines = [
        "# What assetbuild makes of this project; what is in force: assetbuild config",
        "# Every key: docs/reference/configuration.md of assetbuild",
        "",
        "[assets]",
        *_comment_roots(found),
        *_render_list("roots", found.roots or (name_first_root(found),)),
        "# Built files and manifest.json. Do not commit this folder.",
        f'output = "{name_output_folder(found)}"',
        f'url = "{url}"',
        *_render_unhashed(found),
        *_render_exclude(found),
    ]
    if found.generator is None:
        lines += [
            "",
            "# Several files as one:",
            "# [[bundle]]",
            '# name = "js/app.js"',
            '# files = ["js/lib/*.js", "js/main.coffee"]',
        ]
    elif found.generator.hashed:
        lines += [
            "",
            f"# {found.generator.name} hashes these names itself:",
            "[[rule]]",
            f'glob = "{found.generator.hashed}"',
            'headers = { "Cache-Control" = "public, max-age=31536000, immutable" }',
        ]
    lines += [
        "",
        "# Options for the files that a glob names:",
        "# [[rule]]",
        '# glob = "vendor/**"',
        '# missing = "warn"     # a third-party file may name files it does not ship',
    ]
    forms = {"Django": "django", "Rails": "sprockets" if found.has_sprockets else "propshaft"}
    if found.framework in forms:
        lines += [
            "",
            "[manifest]",
            f"# The manifest that the helpers of {found.framework} read:",
            f'formats = ["{forms[found.framework]}"]',
        ]
    return "\n".join(lines) + "\n"


def _comment_roots(found: FoundProject) -> list[str]:
    if found.generator is not None:
        return [f"# What {found.generator.name} writes."]
    return ["# Source folders; where two hold the same file, the first wins."]


def _render_unhashed(found: FoundProject) -> list[str]:
    if found.generator is not None and found.generator.hashed:
        return [
            f'unhashed = ["**"]   # its scripts name their parts as {found.generator.name} does'
        ]
    if found.framework == SITE:
        names = '"**/*.html", "favicon.ico", "robots.txt"'
        if found.generator is not None:
            names += ', "**/*.xml"'
        return [f"unhashed = [{names}]   # outputs that keep their name"]
    return ['# unhashed = ["robots.txt", "favicon.ico"]   # outputs that keep their name']


def _render_exclude(found: FoundProject) -> list[str]:
    if not found.exclude:
        return ['# exclude = ["**/*.psd"]']
    told = "# Compiled by another tool, and ignored by git:"
    return [told, *_render_list("exclude", found.exclude)]


def _render_list(key: str, values: Sequence[str]) -> list[str]:
    texts = [json.dumps(one, ensure_ascii=False) for one in values]
    line = f"{key} = [{', '.join(texts)}]"
    return [line] if len(line) <= WIDTH else [f"{key} = [", *(f"    {one}," for one in texts), "]"]


def write_config(
    project: Path, env: Mapping[str, str], *, is_forced: bool = False
) -> tuple[Path, FoundProject]:
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
    found = survey_project(project, env)
    atomic_write(path, render_config(found).encode())
    return path, found
