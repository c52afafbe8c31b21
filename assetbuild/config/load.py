"""Read assetbuild.toml or [tool.assetbuild] into a Config.

In: a project folder. Out: a Config. Errors, all of them at once, with line and column:
``config/syntax``, ``config/unknown-key``, ``config/wrong-type``, ``config/missing-key``,
``config/two-files``, ``config/not-utf8``.
"""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
import unicodedata
from collections.abc import Mapping
from dataclasses import MISSING, Field
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from assetbuild.config.locate import locate_keys
from assetbuild.config.model import Config
from assetbuild.config.settings import LARGEST, is_required, setting_fields, toml_name
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error, locate_offset
from assetbuild.suggest import find_nearest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFIG_NAME = "assetbuild.toml"

_T = TypeVar("_T")
_BAD = object()


def load_config(project: Path) -> Config:
    """Return the configuration of a project; all defaults where there is no file."""
    own = project / CONFIG_NAME
    shared = project / "pyproject.toml"
    table: dict[str, Any] | None = None
    if own.is_file():
        text = _read_text(own)
        table = _parse_toml(text, CONFIG_NAME)
        if (
            shared.is_file()
            and _tool_table(_parse_toml(_read_text(shared), shared.name)) is not None
        ):
            raise AssetbuildError(
                error(
                    "config/two-files",
                    "both assetbuild.toml and [tool.assetbuild] in pyproject.toml configure this project",
                    hint="keep one of them",
                )
            )
        return parse_config(text, table, project=project, file=CONFIG_NAME, prefix="")
    if shared.is_file():
        text = _read_text(shared)
        table = _tool_table(_parse_toml(text, shared.name))
        if table is not None:
            return parse_config(
                text, table, project=project, file=shared.name, prefix="tool.assetbuild."
            )
    return Config(project=project)


def parse_config(
    text: str, table: Mapping[str, Any], *, project: Path, file: str, prefix: str
) -> Config:
    """Turn a parsed table into a Config; ``text`` and ``prefix`` serve the messages."""
    reader = _Reader(text, file, prefix)
    config = reader.read_section(Config, table, "")
    if reader.problems:
        raise AssetbuildError(*reader.problems)
    return dataclasses.replace(config, project=project, file=file, origins=reader.origins)


def _read_text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise AssetbuildError(
            error(
                "config/not-utf8",
                f"{path.name} is not UTF-8: byte {data[failure.start]:#04x} at offset {failure.start}",
                hint="save the file as UTF-8",
            )
        ) from failure


def _parse_toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as failure:
        where = Location(file=file)
        raise AssetbuildError(
            error("config/syntax", "not TOML: it is nested too deeply", location=where)
        ) from failure
    except tomllib.TOMLDecodeError as failure:
        message = str(failure)
        line, column = 1, 1
        head, _, place = message.rpartition("(at line ")
        numbers = place.rstrip(")").split(", column ")
        if head and len(numbers) == 2 and all(one.isdigit() for one in numbers):
            line, column = int(numbers[0]), int(numbers[1])
            message = head.strip()
        lines = text.splitlines()
        line_text = lines[line - 1] if line <= len(lines) else None
        where = Location(file=file, line=line, column=column, line_text=line_text)
        raise AssetbuildError(
            error("config/syntax", f"not TOML: {message}", location=where)
        ) from failure


def _tool_table(document: Mapping[str, Any]) -> dict[str, Any] | None:
    tool = document.get("tool")
    table = tool.get("assetbuild") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


class _Reader:
    """Turns tables into sections and collects every problem on the way."""

    def __init__(self, text: str, file: str, prefix: str) -> None:
        self._text = text
        self._file = file
        self._prefix = prefix
        self._places: Mapping[str, tuple[int, int]] | None = None
        self.problems: list[Diagnostic] = []
        self.origins: dict[str, str] = {}

    def read_section(self, kind: type[_T], table: Mapping[str, Any], path: str) -> _T:
        """Return the section that a table describes; problems are collected."""
        hints = typing.get_type_hints(kind)
        known = {toml_name(one.name): one for one in setting_fields(kind)}
        values: dict[str, Any] = {}
        for key, raw in table.items():
            full = f"{path}{key}"
            declared = known.get(key.replace("_", "-"))
            if declared is None:
                self._fail("config/unknown-key", f'unknown key "{full}"', full, key, known)
                continue
            value = self._read_value(hints[declared.name], raw, full, declared)
            if value is not _BAD:
                values[declared.name] = value
                self.origins.setdefault(full.replace("_", "-"), self._tell_origin(full))
        for name, declared in known.items():
            if is_required(declared) and declared.name not in values:
                if name not in table:
                    self._fail(
                        "config/missing-key",
                        f'"{path}{name}" is missing',
                        path.rstrip("."),
                        None,
                        (),
                    )
                values[declared.name] = None
        return kind(**values)

    def _read_value(self, kind: Any, raw: Any, path: str, declared: Field[Any]) -> Any:
        origin = get_origin(kind)
        arguments = get_args(kind)
        if origin in (Union, types.UnionType):
            inner = [one for one in arguments if one is not type(None)]
            if len(inner) == 1:
                return self._read_value(inner[0], raw, path, declared)
            return raw  # Json: any TOML value but a date
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            if isinstance(raw, dict):
                return self.read_section(kind, raw, f"{path}.")
            return self._wrong(path, "a table", raw)
        if origin is Literal:
            if raw in arguments:
                return raw
            allowed = ", ".join(f'"{one}"' for one in arguments)
            return self._wrong(path, f"one of {allowed}", raw, arguments)
        if origin is tuple:
            if not isinstance(raw, list):
                return self._wrong(path, "an array", raw)
            items = [
                self._read_value(arguments[0], one, f"{path}.{i}", declared)
                for i, one in enumerate(raw)
            ]
            return _BAD if _BAD in items else tuple(items)
        if origin is not None and issubclass(origin, Mapping):
            if not isinstance(raw, dict):
                return self._wrong(path, "a table", raw)
            pairs = {
                k: self._read_value(arguments[1], v, f"{path}.{k}", declared)
                for k, v in raw.items()
            }
            named = [self._check_text(k, f"{path}.{k}") for k in raw]
            return _BAD if _BAD in (*pairs.values(), *named) else pairs
        return self._read_scalar(kind, raw, path, declared)

    def _read_scalar(self, kind: Any, raw: Any, path: str, declared: Field[Any]) -> Any:
        if kind is float and type(raw) in (int, float):
            return float(raw)
        if kind is int and type(raw) is int:
            least, most = declared.metadata["least"], declared.metadata["most"]
            if least <= raw <= most:
                return raw
            bounds = f"from {least} on" if raw < least and most == LARGEST else f"{least} to {most}"
            return self._wrong(path, f"a whole number, {bounds}", raw)
        if kind is str and type(raw) is str:
            return self._read_text(raw, path, declared)
        if kind is bool and type(raw) is bool:
            return raw
        wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}
        return self._wrong(path, wanted.get(kind, str(kind)), raw)

    def _read_text(self, text: str, path: str, declared: Field[Any]) -> Any:
        # a value of a table may be empty: that removes what it would be a value of
        if not text and (declared.default == "" or declared.default_factory is not MISSING):
            return text
        form = declared.metadata["form"]
        checked = self._check_text(text, path)
        if checked is not _BAD and form is not None and not form.accepts(text):
            return self._wrong(path, form.wanted, text)
        return checked

    def _check_text(self, text: str, path: str) -> Any:
        """Return a text that can be a name, a path or a pattern, or _BAD."""
        if not text.strip():
            return self._wrong(path, "a text that is not empty", text)
        if any(unicodedata.category(one) in ("Cc", "Cs") for one in text):
            return self._wrong(path, "one line without control characters", ascii(text)[1:-1])
        return text

    def _wrong(self, path: str, wanted: str, raw: Any, allowed: tuple[str, ...] = ()) -> Any:
        shown = f'"{raw}"' if isinstance(raw, str) else repr(raw)
        if isinstance(raw, list) and raw and all(isinstance(one, dict) for one in raw):
            shown = f"an array of tables: write [{path}]" if wanted == "a table" else shown
        name = raw if isinstance(raw, str) else None
        self._fail(
            "config/wrong-type", f'"{path}" must be {wanted}, not {shown}', path, name, allowed
        )
        return _BAD

    def _fail(
        self, code: str, message: str, path: str, name: str | None, candidates: typing.Iterable[str]
    ) -> None:
        nearest = find_nearest(name, (str(one) for one in candidates)) if name is not None else None
        hint = f'did you mean "{nearest}"?' if nearest is not None else None
        self.problems.append(error(code, message, location=self._locate(path), hint=hint))

    def _tell_origin(self, path: str) -> str:
        where = self._locate(path)
        return f"{where.file}:{where.line}:{where.column}"

    def _locate(self, path: str) -> Location:
        if self._places is None:
            self._places = locate_keys(self._text)
        full = f"{self._prefix}{path}"
        while full and full not in self._places:
            if f"{full}.0" in self._places:  # [[budget]], where [budget] was meant
                full = f"{full}.0"
                break
            full = full.rpartition(".")[0]  # dots inside quoted keys, and implied tables
        offset, length = self._places.get(full, (0, 1))
        return locate_offset(self._file, self._text, offset, length)
