"""The build that lies here: is it whole, and is it of the sources as they are.

In: BuildFacts. Out: a Check. Refuses to know: disks, compilers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assetbuild.diagnostics import Diagnostic, error, warning
from assetbuild.doctor.model import Check, name_some

_BUILD = "build again: assetbuild compile"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFacts:
    """What is known of a build."""

    output: str  # output folder as the configuration names it
    outputs: int | None  # entries of the manifest; None: there is no manifest
    missing: tuple[str, ...] = ()  # files it names that are not there, sorted
    changed: tuple[str, ...] = ()  # files whose bytes are others, sorted
    difference: str | None = None  # what a build would find changed, in words; None: nothing
    must_exist: bool = False  # this is a slug, or a dyno: it is too late to build


def check_build(facts: BuildFacts, unreadable: tuple[Diagnostic, ...] = ()) -> Check:
    """Tell whether the build can be published; ``unreadable`` is why its manifest cannot be read."""
    if unreadable:
        return Check(
            name="build", told=f'"{facts.output}" cannot be understood', findings=unreadable
        )
    told = f'no build in "{facts.output}"'
    if facts.outputs is not None:
        told = f'{facts.outputs} outputs in "{facts.output}"'
    return Check(name="build", told=told, findings=tuple(_judge(facts)))


def _judge(facts: BuildFacts) -> Iterator[Diagnostic]:
    if facts.outputs is None:
        make = error if facts.must_exist else warning
        yield make(
            "doctor/not-built",
            f'there is no manifest in "{facts.output}"',
            hint="the build made no assets: look at its log"
            if facts.must_exist
            else "build: assetbuild compile",
        )
        return
    if facts.missing:
        yield error(
            "doctor/missing-output",
            f"the manifest names files that are not there: {name_some(facts.missing)}",
            hint=_again(facts, "a pack, .slugignore or late-ignore removed them"),
        )
    if facts.changed:
        yield error(
            "doctor/changed-output",
            f"files were changed after they were built: {name_some(facts.changed)}",
            hint=_again(facts, "something writes into the output folder after the build"),
        )
    # an output that changed is told by its name above
    if facts.difference is not None and not (facts.missing or facts.changed):
        yield warning("doctor/stale-build", f"the build is old: {facts.difference}", hint=_BUILD)


def _again(facts: BuildFacts, why: str) -> str:
    return f"{why}; build the slug anew" if facts.must_exist else _BUILD
