"""A chain of our own tiny packs (tests/support/packs/) on a folder of a test."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assetbuild.buildpacks.chain import ChainPack, ChainState, PackResult
from assetbuild.buildpacks.conduct import Mode, run_chain
from assetbuild.buildpacks.environment import Machine, build_environ
from assetbuild.buildpacks.run import Workplace
from assetbuild.buildpacks.sandbox import open_sandbox
from assetbuild.diagnostics import Diagnostic

PACKS = Path(__file__).parent / "packs"


@dataclass
class Log:
    """A reporter that keeps what it was told."""

    lines: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    results: list[object] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.lines.append(text)

    def detail(self, text: str) -> None:
        self.lines.append(text)

    def verbose(self, text: str) -> None:
        return

    def output(self, line: str) -> None:
        self.lines.append(line)

    def diagnostic(self, item: Diagnostic) -> None:
        self.diagnostics.append(item)

    def progress(self, done: int, total: int, what: str) -> None:
        return

    def result(self, value: object) -> None:
        self.results.append(value)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class Site:
    """An app, a cache and a work folder, and packs that run on them."""

    def __init__(
        self,
        root: Path,
        *,
        config_vars: Mapping[str, str] | None = None,
        host: Mapping[str, str] | None = None,
        left_s: float | None = 60.0,
    ) -> None:
        self.root = root
        self.app = root / "app"
        self.cache = root / "cache"
        self.work = root / "work"
        for folder in (self.app, self.work):
            folder.mkdir(parents=True, exist_ok=True)
        self.log = Log()
        machine = Machine(stack="heroku-24", home=str(self.app))
        self.place = Workplace(
            build_dir=self.app,
            seen_dir=str(self.app),
            cache_dir=self.cache,
            work_dir=self.work,
            machine=machine,
            base_env=build_environ(machine, host or {}),
            config_vars=config_vars or {},
            left_s=lambda: left_s,
        )

    def pack(self, name: str, **options: Any) -> ChainPack:
        """Copy a pack to a private folder, as a fetch does."""
        count = len(list(self.root.glob("packs/*")))
        copy = self.root / "packs" / f"{count}-{name}"
        shutil.copytree(PACKS / name, copy)
        return ChainPack(label=name, source=f"https://example.com/{name}", root=copy, **options)

    def run(self, *packs: ChainPack | str, mode: Mode = "compile") -> ChainState:
        """Run packs, given by name or made by pack()."""
        chain = [self.pack(one) if isinstance(one, str) else one for one in packs]
        return run_chain(chain, self.place, self.log, mode=mode)

    def run_one(self, pack: ChainPack | str) -> PackResult:
        """Run one pack and return its result."""
        return self.run(pack).results[0]

    def change_place(self, **changes: Any) -> None:
        """Change what the scripts are told."""
        self.place = dataclasses.replace(self.place, **changes)

    def isolate(self, **changes: Any) -> None:
        """Give the scripts a /tmp of their own and the app at /mnt; skip the test where none can be.

        /mnt stands for /app, which a test must not make.
        """
        tmp = self.root / "tmp"
        tmp.mkdir()
        sandbox = open_sandbox(tmp=tmp, build_dir=self.app, home="/mnt", visible=[self.root])
        if sandbox is None:
            pytest.skip("no mount namespaces here")
        self.change_place(sandbox=sandbox, seen_dir="/mnt", **changes)
