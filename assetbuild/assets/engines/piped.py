"""Engines that live in a child process: one warm child for each program.

In: a Program. Out: JSON, one line each way: ``{"scripts": [...]}`` first, then
``{"function": …, "argument": …}``; answers are ``{"value": …}`` or ``{"error": …}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assetbuild.assets.engines.base import EngineError, Program
from assetbuild.jsontype import Json
from assetbuild.workers import Worker, WorkerEndedError


class _LineWorker:
    """A Worker that answers one line for each line it is given."""

    def __init__(self, argv: tuple[str, ...], env: Mapping[str, str], limit_s: float) -> None:
        self._limit_s = limit_s  # the longest a single source may take
        self._worker = Worker(argv, cwd=Path("/"), env=env)
        self._rest = bytearray()

    def exchange(self, line: bytes) -> bytes:
        """Send a line (without its newline) and return the answer. Errors: WorkerEndedError."""
        self._worker.send(line + b"\n")
        searched = 0
        while True:
            at = self._rest.find(b"\n", searched)
            if at >= 0:
                answer = bytes(self._rest[:at])
                del self._rest[: at + 1]
                return answer
            searched = len(self._rest)
            self._rest += self._worker.receive(timeout_s=self._limit_s)

    def close(self) -> None:
        """End the child."""
        self._worker.close()


class PipedEngine:
    """An engine behind a child that speaks the line protocol."""

    def __init__(
        self, name: str, argv: tuple[str, ...], env: Mapping[str, str], *, limit_s: float
    ) -> None:
        self._limit_s = limit_s
        self._name = name
        self._argv = argv
        self._env = env
        self._warm: dict[str, _LineWorker] = {}

    @property
    def name(self) -> str:
        """See Engine.name."""
        return self._name

    def call(self, program: Program, function: str, argument: Json) -> Json:
        """See Engine.call."""
        worker = self._open(program)
        return self._ask(program, worker, {"function": function, "argument": argument})

    def close(self) -> None:
        """See Engine.close."""
        for worker in self._warm.values():
            worker.close()
        self._warm.clear()

    def _open(self, program: Program) -> _LineWorker:
        known = self._warm.get(program.key)
        if known is not None:
            return known
        try:
            worker = _LineWorker(self._argv, self._env, self._limit_s)
        except WorkerEndedError as failure:
            raise EngineError(f"{self._name}: {failure}") from failure
        scripts = [{"label": one.label, "text": one.text} for one in program.load()]
        self._warm[program.key] = worker
        try:
            self._ask(program, worker, {"scripts": scripts})
        except EngineError:
            self._forget(program)  # half loaded, it would fail otherwise at the next source
            raise
        return worker

    def _ask(self, program: Program, worker: _LineWorker, message: object) -> Json:
        try:
            line = worker.exchange(json.dumps(message).encode("ascii"))
        except WorkerEndedError as failure:
            self._forget(program)
            raise EngineError(f"{self._name}: {failure}") from failure
        answer: Any = json.loads(line)
        if "error" in answer:
            raise EngineError(str(answer["error"]))
        value: Json = answer.get("value")
        return value

    def _forget(self, program: Program) -> None:
        worker = self._warm.pop(program.key, None)
        if worker is not None:
            worker.close()
