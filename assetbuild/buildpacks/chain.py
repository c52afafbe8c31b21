"""The chain as values: its packs, what each did, and the fold over them.

In: results of packs, one after the other. Out: the state that the next pack sees, decisions and
the diagnostics that explain them. Refuses to act: run.py and conduct.py do.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal

from assetbuild.buildpacks.changes import Changes
from assetbuild.buildpacks.owners import APP
from assetbuild.buildpacks.release import Release, ReleaseDecision, Rule, decide_release
from assetbuild.diagnostics import Diagnostic, error
from assetbuild.digests import digest_parts
from assetbuild.environ import EnvPatch

PROFILE_FOLDER = ".profile.d/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPack:
    """A fetched pack with what the app says of it."""

    label: str  # how messages call it: its URL without secrets
    source: str  # its URL without revision: what its cache is keyed by
    root: Path  # private writable copy; scripts run in it
    commit: str | None = None  # full sha, where it came from git
    dir: str | None = None  # folder of the app that it works on; None: the app's root
    env: tuple[str, ...] | None = None  # config vars it may see; None: all
    cache: Literal["own", "shared"] = "own"  # whether its cache folder is its own
    is_optional: bool = False  # a detect that says no skips it
    when_file: str | None = None  # glob that must match in its folder; None: always
    time_limit_s: float | None = None  # limit of each of its scripts; None: the chain's
    fetch_s: float = 0.0  # seconds that fetching took


class Outcome(Enum):
    """How a pack ended."""

    APPLIED = "applied"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackResult:
    """What one pack did."""

    pack: ChainPack  # which
    outcome: Outcome  # how it ended
    name: str = ""  # what its detect said; "" where it said nothing
    failure: Diagnostic | None = None  # why it failed
    skipped_for: str = ""  # why it was skipped
    tail: tuple[str, ...] = ()  # last lines of the script that failed
    env: EnvPatch = field(default_factory=EnvPatch)  # what its export did
    release: Release | None = None  # what its bin/release said; None: it has none
    changes: Changes = field(default_factory=Changes)  # what it did to the folder
    overwritten: tuple[tuple[str, str], ...] = ()  # (.profile.d file, who wrote it before)
    strays: tuple[str, ...] = ()  # processes it left behind, ended
    detect_s: float = 0.0  # seconds
    compile_s: float = 0.0  # seconds
    cache_bytes: int = 0  # size of its cache afterwards
    cache_growth: int = 0  # bytes, may be negative
    report: Mapping[str, str] = field(default_factory=dict)  # what its bin/report said
    warnings: tuple[Diagnostic, ...] = ()  # what was odd but no failure

    @property
    def title(self) -> str:
        """Return the name for people: what detect said, else the label."""
        return self.name or self.pack.label


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """What the packs so far did together."""

    env: EnvPatch = field(default_factory=EnvPatch)  # what later packs and the assets get
    results: tuple[PackResult, ...] = ()  # in order
    owners: Mapping[str, str] = field(default_factory=dict)  # path in the slug -> title of a pack

    @property
    def failed(self) -> PackResult | None:
        """Return the pack that failed: the chain stops at the first."""
        return next((one for one in self.results if one.outcome is Outcome.FAILED), None)


def fold_result(state: ChainState, result: PackResult) -> ChainState:
    """Return the state after one more pack."""
    owners = dict(state.owners)
    for path in result.changes.deleted:
        owners.pop(path, None)
    owners.update(dict.fromkeys((*result.changes.added, *result.changes.changed), result.title))
    return ChainState(
        env=state.env.then(result.env), results=(*state.results, result), owners=owners
    )


def find_overwritten(
    changes: Changes, owners: Mapping[str, str], *, title: str
) -> tuple[tuple[str, str], ...]:
    """Return the .profile.d files that a pack wrote over, with who wrote them before (rule 10)."""
    return tuple(
        (path, owners.get(path, APP))
        for path in changes.changed
        if path.startswith(PROFILE_FOLDER) and owners.get(path) != title
    )


def decide_chain_release(state: ChainState, rule: Rule) -> ReleaseDecision:
    """Return whose release counts among the packs that have a bin/release."""
    return decide_release(
        [(one.title, one.release) for one in state.results if one.release is not None], rule
    )


def cache_folder(pack: ChainPack, *, stack: str) -> str:
    """Return the folder below CACHE_DIR that a pack calls its own (rule 14)."""
    if pack.cache == "shared":
        return "shared"
    digest = digest_parts("pack-cache", (pack.source, pack.dir or "", stack))
    word = re.sub(r"[^A-Za-z0-9]+", "-", pack.source.rsplit("/", 1)[-1]).strip("-")[:40]
    return f"packs/{word or 'pack'}-{digest[:12]}"


def limit_time(pack: ChainPack, *, left_s: float | None) -> float | None:
    """Return how long the pack's next script may take: its own limit, or what the build has left."""
    limits = [one for one in (pack.time_limit_s, left_s) if one is not None]
    return max(0.0, min(limits)) if limits else None


def explain_exit(code: int) -> str:
    """Return what an exit code says: a number, or the signal behind it."""
    number = -code if code < 0 else code - 128 if 128 < code < 160 else 0
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"exit code {code}"
    why = "; the usual reason is that memory ran out" if number == signal.SIGKILL else ""
    if code < 0:
        return f"killed by signal {number} ({name}{why})"
    return f"exit code {code} (a program in it got {name}{why})"


def cache_unusable(folder: Path, failure: OSError) -> Diagnostic:
    """Return the error for a cache folder, or one below it, that cannot be written."""
    return error(
        "chain/cache-unusable",
        f'cannot write below "{folder}": {failure.strerror or failure}',
        hint="free some space, or give another CACHE_DIR",
    )


def script_failed(
    pack: ChainPack, script: str, *, exit_code: int, seconds: float, is_timed_out: bool
) -> Diagnostic:
    """Return the error for a script that failed or took too long."""
    if is_timed_out:
        return error(
            "pack/timed-out",
            f'pack "{pack.label}": bin/{script} was ended after {seconds:.0f} s',
            hint="raise time-limit-s of the pack or of [chain]; the platform allows 900 in all",
        )
    hint = None
    if exit_code in (126, 127):
        hint = (
            "126 and 127 mean that a program could not be started; its name is in the lines above"
        )
    return error(
        "pack/script-failed",
        f'pack "{pack.label}": bin/{script} failed: {explain_exit(exit_code)}',
        hint=hint,
    )
