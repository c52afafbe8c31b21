"""Which pictures belong to which sprite: folders below ``sprites/`` and [[sprite]] tables.

In: the logical paths of the sources and the configuration. Out: members by name and pixel ratio,
and every clash of names. Refuses to know: pixels.
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from assetbuild.assets.sprites.folder import EXTENSIONS, FOLDER, is_folder_member
from assetbuild.assets.sprites.identifier import is_plain_name
from assetbuild.config.images import SpriteConfig
from assetbuild.diagnostics import Diagnostic, Location, error, warning
from assetbuild.globs import compile_glob, match_any
from assetbuild.suggest import find_nearest

_RATIO = re.compile(r"(.*?)@([1-4])x\Z")
_SHEET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One source picture of a sprite."""

    name: str  # as in class names: the stem without its ratio
    ratio: int  # pixels of the file for one CSS pixel
    logical: str  # of the source


@dataclass(frozen=True, slots=True, kw_only=True)
class SpriteMembers:
    """A sprite and its sources."""

    config: SpriteConfig  # with the defaults of its folder applied
    members: tuple[Member, ...]  # sorted by name, then ratio


def split_ratio(stem: str) -> tuple[str, int]:
    """Return a name without its ``@2x``, and the ratio: 1 where there is none."""
    match = _RATIO.match(stem)
    return (match.group(1), int(match.group(2))) if match else (stem, 1)


def find_members(
    logicals: Iterable[str],
    configured: Iterable[SpriteConfig],
    displays: Mapping[str, str] | None = None,
) -> tuple[tuple[SpriteMembers, ...], tuple[Diagnostic, ...]]:
    """Return the sprites, sorted by name, and errors and warnings about names.

    ``displays``: logical path -> the file as messages show it, where it differs.

    Codes: ``sprite/no-pictures``, ``sprite/same-name``, ``sprite/bad-name``, ``sprite/odd-name``.
    """
    names = sorted(logicals)
    problems: list[Diagnostic] = []
    tables: dict[str, SpriteConfig] = {}
    for table in configured:
        if table.name in tables:
            problems.append(
                error("sprite/same-name", f'two [[sprite]] tables are named "{table.name}"')
            )
        tables[table.name] = table
    for name, kind in sorted(_find_folders(names).items()):
        tables.setdefault(name, SpriteConfig(name=name, kind=kind))
    found = []
    for name, table in sorted(tables.items()):
        if not _SHEET_NAME.match(name):
            problems.append(
                error(
                    "sprite/bad-name",
                    f'the sprite "{name}" needs a name of letters, digits, - and _',
                    hint="it names a variable and a mixin too; rename the folder or the table",
                )
            )
            continue
        members, told = _collect(names, table, displays or {})
        problems.extend(told)
        problems.extend(_tell_mixed(names, table, displays or {}))
        if not members:
            # a table without globs may be for pictures that style sheets mark
            if not told and (table.files or table.kind == "svg"):
                problems.append(_tell_none(table, names))
            continue
        found.append(SpriteMembers(config=table, members=tuple(members)))
    return tuple(found), tuple(problems)


def _extensions(kind: str) -> tuple[str, ...]:
    return (".svg",) if kind == "svg" else EXTENSIONS


def _find_folders(names: Iterable[str]) -> Mapping[str, Literal["raster", "svg"]]:
    """Return folder of ``sprites/`` -> kind; a folder with any raster picture is a raster one."""
    found: dict[str, Literal["raster", "svg"]] = {}
    for name in names:
        if not is_folder_member(name):
            continue
        folder = split_ratio(name.split("/")[1])[0]
        extension = posixpath.splitext(name)[1].lower()
        if extension in EXTENSIONS:
            found[folder] = "raster"
        elif extension == ".svg":
            found.setdefault(folder, "svg")
    return found


def _collect(
    names: Iterable[str], table: SpriteConfig, displays: Mapping[str, str]
) -> tuple[list[Member], list[Diagnostic]]:
    globs = [compile_glob(one) for one in table.files]
    folders = {f"{FOLDER}/{table.name}{ratio}" for ratio in ("", "@1x", "@2x", "@3x", "@4x")}
    extensions = _extensions(table.kind)
    problems: list[Diagnostic] = []
    found: dict[tuple[str, int], Member] = {}
    for logical in names:
        folder, _, file = logical.rpartition("/")
        if not (match_any(globs, logical) if globs else folder in folders):
            continue
        stem, extension = posixpath.splitext(file)
        if extension.lower() not in extensions:
            continue
        name, ratio = split_ratio(stem)
        if ratio == 1:
            ratio = split_ratio(posixpath.basename(folder))[1]
        where = Location(file=displays.get(logical, logical))
        if not name or any(char.isspace() or ord(char) < 32 for char in name):
            problems.append(
                error(
                    "sprite/bad-name",
                    f'"{logical}" gives the class name "{name}", which HTML cannot hold',
                    location=where,
                    hint="rename the file without spaces",
                )
            )
            continue
        if not is_plain_name(name):
            problems.append(
                warning(
                    "sprite/odd-name",
                    f'"{name}" must be escaped in CSS; HTML has it as it is',
                    location=where,
                )
            )
        member = Member(name=name, ratio=ratio, logical=logical)
        other = found.setdefault((name, ratio), member)
        if other is not member:
            problems.append(
                error(
                    "sprite/same-name",
                    f'"{other.logical}" and "{logical}" are both "{name}" of the sprite "{table.name}"',
                    location=where,
                    hint="rename one of them",
                )
            )
    return [found[key] for key in sorted(found)], problems


def _tell_mixed(
    names: Iterable[str], table: SpriteConfig, displays: Mapping[str, str]
) -> list[Diagnostic]:
    """Tell of SVGs that lie between the pictures of a sheet, where nothing uses them."""
    if table.kind == "svg" or table.files:
        return []
    return [
        warning(
            "sprite/left-out",
            f'"{name}" is in no sheet: the folder has PNGs, and a sheet takes these alone',
            location=Location(file=displays.get(name, name)),
            hint="give SVGs a folder of their own below sprites/",
        )
        for name in names
        if is_folder_member(name)
        and name.lower().endswith(".svg")
        and split_ratio(name.split("/")[1])[0] == table.name
    ]


def _tell_none(table: SpriteConfig, names: Iterable[str]) -> Diagnostic:
    wanted = table.files[0] if table.files else f"{FOLDER}/{table.name}/*"
    nearest = find_nearest(wanted, {posixpath.dirname(one) + "/*" for one in names if "/" in one})
    return error(
        "sprite/no-pictures",
        f'the sprite "{table.name}" has no pictures: "{wanted}" matches none',
        hint=f'did you mean "{nearest}"?' if nearest else None,
    )


def prefix_of(table: SpriteConfig | None, name: str) -> str:
    """Return what stands before a picture's name in the class names of a sprite."""
    return (table.class_prefix if table is not None else "") or f"{name}-"


def canonical_settings(table: SpriteConfig) -> str:
    """Return a canonical text of a sprite's settings, for a digest."""
    return repr(sorted(dataclasses.asdict(table).items()))
