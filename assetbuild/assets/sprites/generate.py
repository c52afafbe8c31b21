"""Make the files of all sprites, as a folder that the build takes for one more source root.

In: the sources, the configuration, a folder. Out: ``sprites/…`` files below it, written only when
a picture or a setting changed. A picture's bytes decide that; its pixels decide the sheet, so an
optimised PNG is drawn again and gives the same sheet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.diagnostic_rows import pack_diagnostic, unpack_diagnostic
from assetbuild.assets.images.decode import require_pillow
from assetbuild.assets.images.png_encoder import REVISION as PNG_REVISION
from assetbuild.assets.images.png_encoder import Effort
from assetbuild.assets.sprites.folder import FOLDER
from assetbuild.assets.sprites.members import (
    SpriteMembers,
    canonical_settings,
    find_members,
    prefix_of,
)
from assetbuild.assets.sprites.picture import Picture, decode_pictures
from assetbuild.assets.sprites.sheet import DrawSettings, SheetSet, draw_sheets
from assetbuild.assets.sprites.stylesheet import render_css, render_json, render_less, render_scss
from assetbuild.assets.sprites.svg import SvgIcon, join_symbols
from assetbuild.assets.tools.distributions import installed_version
from assetbuild.config.images import SpriteConfig
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    sort_diagnostics,
)
from assetbuild.digests import digest_parts, sha256_hex
from assetbuild.files import atomic_write
from assetbuild.jsontype import parse_json
from assetbuild.trees import remove_tree
from assetbuild.walking import walk_files

REVISION = 2  # bumped when the files of the same pictures change
STAMP = ".stamp.json"  # hidden: discovery passes it by


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSource:
    """A source file that may belong to a sprite."""

    logical: str  # logical path
    path: str  # where to read it
    display: str  # as messages show it


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSprite:
    """A raster sprite with what the preview needs."""

    sheet: SheetSet  # where each picture lies
    prefix: str  # of class names
    files: Mapping[str, bytes]  # name below sprites/ -> bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What lies in the folder now."""

    has_files: bool  # False: no sprites, and no folder
    diagnostics: tuple[Diagnostic, ...]  # warnings, replayed when nothing changed


def generate_sprites(
    sources: Sequence[PictureSource],
    configured: Sequence[SpriteConfig],
    folder: Path,
    *,
    drawing: DrawSettings | None = None,
) -> Generated:
    """Bring the folder up to date and tell of it.

    ``sources`` are all sources, in any order. Errors, all sprites' at once: the codes of
    members, picture, sheet and svg; ``picture/no-library``. The folder then stays as it was.
    """
    drawing = drawing or DrawSettings()
    by_name = {one.logical: one for one in sources}
    displays = {one.logical: one.display for one in sources}
    sprites, problems = find_members(by_name, configured, displays)
    if any(one.is_error for one in problems):
        raise AssetbuildError(*sort_diagnostics(problems))
    if not sprites:
        remove_tree(folder)
        return Generated(has_files=False, diagnostics=problems)
    has_less = any(one.logical.endswith(".less") for one in sources)
    contents = {
        member.logical: Path(by_name[member.logical].path).read_bytes()
        for sprite in sprites
        for member in sprite.members
    }
    key = _digest(sprites, contents, has_less=has_less, effort=drawing.effort)
    known = _read_stamp(folder, key)
    if known is not None:
        return Generated(has_files=True, diagnostics=known)
    files: dict[str, bytes] = {}
    told = list(problems)
    prefixes = {one.config.name: prefix_of(one.config, one.config.name) for one in sprites}
    for sprite in sprites:
        others = tuple(one for name, one in prefixes.items() if name != sprite.config.name)
        try:
            made, found = _make_files(
                sprite, contents, displays, others=others, has_less=has_less, drawing=drawing
            )
        except AssetbuildError as failure:
            told.extend(failure.diagnostics)
            continue
        files.update(made)
        told.extend(found)
    if any(one.is_error for one in told):
        raise AssetbuildError(*sort_diagnostics(told))
    diagnostics = sort_diagnostics(told)
    _write(folder, files, key, diagnostics)
    return Generated(has_files=True, diagnostics=diagnostics)


def draw_sprite(
    sprite: SpriteMembers,
    contents: Mapping[str, bytes],
    displays: Mapping[str, str],
    *,
    drawing: DrawSettings,
) -> tuple[DrawnSprite, tuple[Diagnostic, ...]]:
    """Decode and draw one raster sprite. Errors: those of picture and sheet, and the ratios'."""
    require_pillow()
    found, told = decode_pictures(
        (
            ((one.name, one.ratio), contents[one.logical], displays[one.logical])
            for one in sprite.members
        ),
        sprite=sprite.config.name,
        max_pixels=drawing.max_pixels,
    )
    pictures: dict[str, dict[int, Picture]] = {}
    for (name, ratio), picture in found.items():
        pictures.setdefault(name, {})[ratio] = picture
    if not any(one.is_error for one in told):
        told.extend(_check_ratios(sprite, pictures, displays))
    if any(one.is_error for one in told):
        raise AssetbuildError(*told)
    sheet, files = draw_sheets(pictures, sprite.config, effort=drawing.effort)
    return DrawnSprite(
        sheet=sheet, prefix=prefix_of(sprite.config, sprite.config.name), files=files
    ), tuple(told)


def _make_files(
    sprite: SpriteMembers,
    contents: Mapping[str, bytes],
    displays: Mapping[str, str],
    *,
    others: Sequence[str],
    has_less: bool,
    drawing: DrawSettings,
) -> tuple[dict[str, bytes], tuple[Diagnostic, ...]]:
    name = sprite.config.name
    if sprite.config.kind == "svg":
        icons = {
            one.name: SvgIcon(name=one.name, file=displays[one.logical], data=contents[one.logical])
            for one in sprite.members
        }
        return {f"{FOLDER}/{name}.svg": join_symbols(icons).encode()}, ()
    drawn, told = draw_sprite(sprite, contents, displays, drawing=drawing)
    files = {f"{FOLDER}/{one}": data for one, data in drawn.files.items()}
    formats = set(sprite.config.formats)
    if not has_less:
        formats.discard("less")
    texts: dict[str, str] = {}
    if "scss" in formats:
        texts[f"_{name}.scss"] = render_scss(drawn.sheet, prefix=drawn.prefix, others=others)
    if "less" in formats:
        # compiled, it is the plain CSS: writing both would give one output two sources
        texts[f"{name}.less"] = render_less(drawn.sheet, prefix=drawn.prefix, others=others)
    elif "css" in formats:
        texts[f"{name}.css"] = render_css(drawn.sheet, prefix=drawn.prefix, others=others)
    if "json" in formats:
        texts[f"{name}.json"] = render_json(drawn.sheet)
    files.update({f"{FOLDER}/{one}": text.encode() for one, text in texts.items()})
    return files, told


def _check_ratios(
    sprite: SpriteMembers,
    pictures: Mapping[str, Mapping[int, Picture]],
    displays: Mapping[str, str],
) -> list[Diagnostic]:
    """Hold every ratio against the smallest one: the same names, exact multiples."""
    files = {(one.name, one.ratio): displays[one.logical] for one in sprite.members}
    ratios = sorted({ratio for some in pictures.values() for ratio in some})
    problems = []
    for name, some in sorted(pictures.items()):
        missing = [ratio for ratio in ratios if ratio not in some]
        if missing:
            problems.append(
                error(
                    "sprite/ratio-mismatch",
                    f'"{name}" of the sprite "{sprite.config.name}" has no picture at {missing[0]}x, others have',
                    location=Location(file=files[name, min(some)]),
                    hint=f'add "{name}" at {missing[0]}x, or remove that ratio from the others',
                )
            )
            continue
        base = min(some)
        wide, tall = some[base].width / base, some[base].height / base
        for ratio, picture in sorted(some.items()):
            if (
                (picture.width, picture.height) != (wide * ratio, tall * ratio)
                or wide % 1
                or tall % 1
            ):
                problems.append(
                    error(
                        "sprite/ratio-mismatch",
                        f'"{name}" at {ratio}x has {picture.width} × {picture.height} pixels, where {_size(wide * ratio, tall * ratio)} are {ratio} times its size',
                        location=Location(file=files[name, ratio]),
                        hint="export both from one drawing, with even sizes",
                    )
                )
    return problems


def _size(wide: float, tall: float) -> str:
    return f"{wide:g} × {tall:g}"


def _digest(
    sprites: Sequence[SpriteMembers],
    contents: Mapping[str, bytes],
    *,
    has_less: bool,
    effort: Effort,
) -> str:
    parts = [str(REVISION), str(PNG_REVISION), effort, str(has_less)]
    parts += [installed_version(library) or "" for library in ("deflate", "pillow")]
    for sprite in sprites:
        parts.append(canonical_settings(sprite.config))
        for one in sprite.members:
            parts += [one.name, str(one.ratio), one.logical, sha256_hex(contents[one.logical])]
    return digest_parts("sprites", parts)


def _read_stamp(folder: Path, key: str) -> tuple[Diagnostic, ...] | None:
    """Return the warnings of the last run when its files are all there and of this key."""
    try:
        stamp = parse_json((folder / STAMP).read_bytes())
        if stamp["key"] != key:
            return None
        for name, digest in stamp["files"].items():
            if sha256_hex((folder / name).read_bytes()) != digest:
                return None
        return tuple(unpack_diagnostic(one) for one in stamp["diagnostics"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(
    folder: Path, files: Mapping[str, bytes], key: str, diagnostics: Sequence[Diagnostic]
) -> None:
    # without a stamp a killed run is made anew, whatever it left
    remove_tree(folder / STAMP)
    for name, data in sorted(files.items()):
        path = folder / name
        # an equal file keeps its time, so that what depends on it rests
        if not path.is_file() or path.read_bytes() != data:
            atomic_write(path, data)
    for found in walk_files(folder):
        if found.relative not in files:
            remove_tree(found.path)
    stamp = {
        "key": key,
        "files": {name: sha256_hex(data) for name, data in sorted(files.items())},
        "diagnostics": [pack_diagnostic(one) for one in diagnostics],
    }
    atomic_write(folder / STAMP, json.dumps(stamp, ensure_ascii=True).encode())
