"""The list of packs of an app, from the files that may carry it.

In: the texts of those files and the configuration. Out: a PackList; all that is wrong at once.
Refuses to know: disks (jobs read), the network.

Precedence, the first that names a pack wins whole; lists are never united:

1. ``[[buildpack]]`` tables of assetbuild.toml (or below [tool.assetbuild] in pyproject.toml);
2. ``.buildpacks``, one a line;
3. ``project.toml``: ``[[io.buildpacks.group]]`` (Cloud Native Buildpacks, project descriptor 0.2);
4. ``app.json``: ``"buildpacks": [{"url": …}]``.

project.toml and app.json are the platform's files too and may name assetbuild itself as the pack
to run: there it is left out. In the first two it is an error.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from assetbuild.buildpacks.refs import (
    BuildpackRef,
    is_chainer,
    read_configured,
    read_ref,
)
from assetbuild.config.buildpacks import BuildpackConfig
from assetbuild.config.model import Config
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    locate_offset,
    sort_diagnostics,
)
from assetbuild.jsontype import parse_json
from assetbuild.redact import redact_urls

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LIST_NAME = ".buildpacks"
LIST_FILES = (LIST_NAME, "project.toml", "app.json")
_OWN = "[[buildpack]]"

_Entry: TypeAlias = "BuildpackRef | Diagnostic | None"  # None: left out, it names ourselves
_Read: TypeAlias = "Callable[[], list[tuple[Location, _Entry]]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackList:
    """The packs of an app and where they were written."""

    refs: tuple[BuildpackRef, ...]  # in the order they run
    source: str | None  # the file that won; None: no pack is named anywhere
    looked: tuple[tuple[str, int], ...]  # every place in order of precedence, with its packs
    left_out: tuple[Location, ...] = ()  # entries that name assetbuild itself


def read_list(files: Mapping[str, bytes], config: Config) -> PackList:
    """Return the list; ``files`` holds those of LIST_FILES that exist.

    Only the winner is held to account: an odd app.json below a good .buildpacks is not read.
    Errors: ``list/…``, all of the winning file together.
    """
    own = config.file or "assetbuild.toml"
    readers: tuple[tuple[str, _Read], ...] = (
        (f"{_OWN} in {own}", lambda: _read_config(config)),
        (LIST_NAME, lambda: _read_lines(files.get(LIST_NAME))),
        ("project.toml", lambda: _read_project(files.get("project.toml"))),
        ("app.json", lambda: _read_app_json(files.get("app.json"))),
    )
    looked: list[tuple[str, int]] = []
    won: str | None = None
    refs: tuple[BuildpackRef, ...] = ()
    left_out: list[Location] = []
    for name, read in readers:
        if won is not None:
            looked.append((name, _count_quietly(read)))
            continue
        entries = read()
        faults = [one for _, one in entries if isinstance(one, Diagnostic)]
        if faults:
            raise AssetbuildError(*sort_diagnostics(faults))
        left_out += [place for place, one in entries if one is None]
        refs = tuple(one for _, one in entries if isinstance(one, BuildpackRef))
        looked.append((name, len(refs)))
        if refs:
            won = name
    return PackList(refs=refs, source=won, looked=tuple(looked), left_out=tuple(left_out))


def _count_quietly(read: _Read) -> int:
    try:
        return sum(1 for _, one in read() if one is not None)
    except AssetbuildError:
        return 0


def _read_config(config: Config) -> list[tuple[Location, _Entry]]:
    found: list[tuple[Location, _Entry]] = []
    for index, one in enumerate(config.buildpack):
        file, line, column = config.file or "assetbuild.toml", 1, 1
        matched = re.match(r"(.*):(\d+):(\d+)$", config.origins.get(f"buildpack.{index}.url", ""))
        if matched:
            file, line, column = matched[1], int(matched[2]), int(matched[3])
        place = Location(file=file, line=line, column=column)
        found.append((place, read_configured(one, place)))
    return found


def _read_lines(data: bytes | None) -> list[tuple[Location, _Entry]]:
    """Read ``.buildpacks``: blank lines, comments, CRLF, a BOM and no final newline are fine."""
    if data is None:
        return []
    text = _decode(data, LIST_NAME)
    found: list[tuple[Location, _Entry]] = []
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        # "#" right after a URL begins a revision; after a space, or first, a comment
        line = re.split(r"(?:^|\s)#", raw, maxsplit=1)[0].strip()
        if not line:
            continue
        place = Location(
            file=LIST_NAME,
            line=number,
            column=raw.index(line) + 1,
            length=len(redact_urls(line)),
            line_text=redact_urls(raw.rstrip()),
        )
        found.append((place, read_ref(line, place)))
    return found


def _read_project(data: bytes | None) -> list[tuple[Location, _Entry]]:
    """Read project.toml: https://github.com/buildpacks/spec/blob/main/extensions/project-descriptor.md."""
    if data is None:
        return []
    text = _decode(data, "project.toml")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as failure:
        raise AssetbuildError(
            error("list/syntax", f"project.toml is not TOML: {failure}", hint="mend or remove it")
        ) from None
    # schema 0.1 wrote [[build.buildpacks]]
    groups = _dig(document, "io", "buildpacks", "group") or _dig(document, "build", "buildpacks")
    if not isinstance(groups, list):
        groups = [] if groups is None else [groups]
    found: list[tuple[Location, _Entry]] = []
    for one in groups:
        written = (one.get("uri") or one.get("id")) if isinstance(one, dict) else None
        if not isinstance(written, str):
            found.append(_wrong_entry(text, "project.toml", "[[io.buildpacks.group]]", "id or uri"))
            continue
        place = _place(text, "project.toml", written)
        version = one.get("version") if isinstance(one, dict) and "uri" not in one else None
        found.append((place, _read_foreign(written, str(version) if version else None, place)))
    return found


def _dig(table: object, *keys: str) -> object:
    """Return what lies under the keys, or None where a table on the way is none."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _read_app_json(data: bytes | None) -> list[tuple[Location, _Entry]]:
    if data is None:
        return []
    text = _decode(data, "app.json")
    try:
        document = parse_json(text)
    except ValueError as failure:
        raise AssetbuildError(
            error("list/syntax", f"app.json is not JSON: {failure}", hint="mend or remove it")
        ) from None
    packs = document.get("buildpacks") if isinstance(document, dict) else None
    found: list[tuple[Location, _Entry]] = []
    for one in packs if isinstance(packs, list) else []:
        written = one.get("url") if isinstance(one, dict) else one
        if not isinstance(written, str):
            found.append(_wrong_entry(text, "app.json", '"buildpacks"', '{"url": …}'))
            continue
        place = _place(text, "app.json", written)
        found.append((place, _read_foreign(written, None, place)))
    return found


def _read_foreign(written: str, revision: str | None, place: Location) -> _Entry:
    if is_chainer(written.partition("#")[0]):
        return None
    if revision is None:
        return read_ref(written, place)
    return read_configured(BuildpackConfig(url=written, revision=revision), place)


def _place(text: str, file: str, written: str) -> Location:
    at = text.find(written)
    place = locate_offset(file, text, max(at, 0), len(redact_urls(written)))
    line_text = None if place.line_text is None else redact_urls(place.line_text)
    return Location(
        file=file,
        line=place.line,
        column=place.column,
        length=place.length,
        line_text=line_text,
    )


def _wrong_entry(text: str, file: str, where: str, wanted: str) -> tuple[Location, Diagnostic]:
    place = locate_offset(file, text, max(text.find("buildpacks"), 0), len("buildpacks"))
    return place, error(
        "list/wrong-entry", f"an entry of {where} in {file} has no {wanted}", location=place
    )


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AssetbuildError(
            error("list/not-utf8", f"{file} is not UTF-8", hint="save it as UTF-8")
        ) from None
