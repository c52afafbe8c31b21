"""The release phase: does it publish, with what, and does it see its failures.

In: ReleaseFacts. Out: a Check. Refuses to know: files, processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assetbuild.diagnostics import Diagnostic, error, warning
from assetbuild.doctor.model import Check

# a "&&" stops at a failure; ";", "||", a single "&" and a pipe go on
_GOES_ON = re.compile(r"\bassetbuild\s+upload\b[^;&|]*(;|\|\|?|&(?!&))|[;&|]\s*(true|:)\s*$")
_BEFORE = re.compile(r"(?:;|\|\||(?<!&)&(?!&))\s*[\w./]*assetbuild\b")
_PYTHON = re.compile(
    r"^(?:exec\s+)?(?:python[\d.]*|gunicorn|uvicorn|granian|celery|flask|django-admin|daphne|hypercorn)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeFacts:
    """What is known of the runtime that a slug carries."""

    has_launcher: bool  # .assetbuild/runtime/bin/assetbuild is there
    has_profile: bool  # .profile.d/assetbuild.sh is there
    trouble: str | None  # what starting it said; None: it starts
    is_on_path: bool | None  # a dyno finds it; None: this is no dyno


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What is known of the release phase."""

    types: Mapping[str, str]  # process type -> command, of the Procfile
    release_lines: int  # how many lines name the type release
    advice: str | None  # the release line that would publish; None: it does, or there is none
    has_python: bool  # the slug, or a pack of the list, brings a Python
    has_packs: bool  # packs are listed: a slug will be built from them
    runtime: RuntimeFacts | None  # None: this is no slug


def check_release(facts: ReleaseFacts) -> Check:
    """Tell what keeps the release phase from publishing."""
    command = facts.types.get("release")
    told = f'release: "{command}"' if command else "the build adds the release entry"
    if command is None and facts.runtime is not None:
        told = "no release entry"
    findings = [*_judge_entry(facts, command), *_judge_runtime(facts), *_judge_python(facts)]
    return Check(name="release", told=told, findings=tuple(findings))


def _judge_entry(facts: ReleaseFacts, command: str | None) -> Iterator[Diagnostic]:
    if facts.release_lines > 1:
        yield warning(
            "doctor/release-twice",
            f"the Procfile has {facts.release_lines} release entries; only the last one counts",
            hint="join them into one line with &&",
        )
    if command is None:
        if facts.runtime is not None:
            yield error(
                "doctor/no-release-entry",
                "the slug's Procfile has no release entry: nothing would be published",
                hint="write into the Procfile: release: assetbuild upload",
            )
        return
    if facts.advice is not None:
        yield error(
            "doctor/release-shadowed",
            f'the release entry runs "{command}" and publishes no assets',
            hint=f"write into the Procfile: {facts.advice}",
        )
    elif _GOES_ON.search(command) or _BEFORE.search(command):
        yield warning(
            "doctor/release-hides-failure",
            f'the release entry "{command}" goes on after a failure',
            hint="join commands with &&: release: assetbuild upload && …",
        )


def _judge_runtime(facts: ReleaseFacts) -> Iterator[Diagnostic]:
    runtime = facts.runtime
    if runtime is None:
        return
    again = "build the slug anew; .slugignore and late-ignore must not name it"
    if not runtime.has_launcher:
        yield error(
            "doctor/no-runtime",
            "the slug does not carry the program that publishes (.assetbuild/runtime)",
            hint=again,
        )
        return
    if runtime.trouble is not None:
        yield error(
            "doctor/runtime-broken",
            f"the slug's assetbuild does not start: {runtime.trouble}",
            hint="the Python it was built with is gone from the slug, or is another; " + again,
        )
    if not runtime.has_profile:
        yield error(
            "doctor/runtime-not-on-path",
            "the slug lacks .profile.d/assetbuild.sh, which puts assetbuild on PATH",
            hint=again,
        )
    elif runtime.is_on_path is False:
        yield error(
            "doctor/runtime-not-on-path",
            "there is no assetbuild on PATH: a later .profile.d script replaces it",
            hint='let such scripts add to PATH: export PATH="$HOME/…:$PATH"',
        )


def _judge_python(facts: ReleaseFacts) -> Iterator[Diagnostic]:
    if facts.has_python or not (facts.has_packs or facts.runtime):
        return
    needing = sorted(name for name, command in facts.types.items() if _needs_python(command))
    if needing:
        make = error if facts.runtime is not None else warning
        names = ", ".join(needing)
        yield make(
            "doctor/no-python",
            f"{names} of the Procfile runs Python, and no pack brings one: "
            "the run images heroku-24 and heroku-26 have none",
            hint="add heroku/python to the list of packs",
        )


def _needs_python(command: str) -> bool:
    own = re.sub(r"^.*\bassetbuild\s+release\s+--\s+", "", command)
    return any(_PYTHON.match(part.strip()) for part in re.split(r"&&|\|\||;", own))
