"""The list of packs: is it the one that runs, once, and the same tomorrow.

In: PackFacts. Out: a Check. Refuses to know: files, git.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assetbuild.diagnostics import Diagnostic, error, warning
from assetbuild.doctor.model import Check, name_some, skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFacts:
    """What is known of an app's packs."""

    labels: tuple[str, ...]  # URLs without secrets, in order
    source: str | None  # file that names them
    lockable: int  # how many of them come from outside of the app
    has_lock: bool  # there is a lock file
    drift: tuple[Diagnostic, ...]  # where list and lock differ
    url: str | None  # BUILDPACK_URL, without secrets; None: not set
    is_url_ours: bool  # it names assetbuild
    beside: tuple[str, ...]  # packs that app.json lists beside assetbuild, without secrets


def check_packs(facts: PackFacts, unreadable: tuple[Diagnostic, ...] = ()) -> Check:
    """Tell what is wrong with the list; ``unreadable`` is why it cannot be read."""
    if unreadable:
        return Check(name="packs", told="the list cannot be read", findings=unreadable)
    if not facts.labels and facts.url is None:
        return skip("packs", "no pack is listed: only assets are built")
    told = f"{len(facts.labels)} of {facts.source}" if facts.labels else "none is listed"
    if facts.lockable and facts.has_lock:
        told += ", locked"
    return Check(name="packs", told=told, findings=tuple(_judge(facts)))


def _judge(facts: PackFacts) -> Iterator[Diagnostic]:
    if facts.url is not None and not facts.is_url_ours and facts.labels:
        yield error(
            "doctor/buildpack-url",
            f'BUILDPACK_URL is "{facts.url}": it runs alone, and nobody reads {facts.source}',
            hint=f'add "{facts.url}" to {facts.source}, and set BUILDPACK_URL to assetbuild\'s own URL',
        )
    twice = tuple(one for one in facts.beside if one in facts.labels)
    if twice and facts.source != "app.json":
        yield warning(
            "doctor/listed-twice",
            f"app.json lists {name_some(twice)} beside assetbuild, which runs it too",
            hint=f"list assetbuild alone in app.json; {facts.source} has the rest",
        )
    if facts.lockable and not facts.has_lock:
        count = f"{facts.lockable} packs come" if facts.lockable > 1 else "1 pack comes"
        yield warning(
            "doctor/no-lock",
            f"{count} from elsewhere, and there is no .buildpacks.lock",
            hint="run: assetbuild buildpacks lock; then commit the file",
        )
    yield from facts.drift
