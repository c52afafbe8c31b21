"""What bin/release said, and whose word counts (docs/explanation/packs.md: rule 11).

In: the bytes that bin/release printed. Out: Release values, and a decision with what it dropped.
Refuses to know: processes and files. YAML is read with PyYAML's BaseLoader: every scalar stays
the text it was (``yes`` is no boolean), no tag makes an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from assetbuild.diagnostics import AssetbuildError, error

Rule = Literal["last", "merge"]
_EMPTY = (b"", b"---", b"--- {}", b"{}")  # what most packs print; a YAML reader says the same
_BY_HAND = "run it by hand: it may print messages on stdout that belong on stderr"
_MAX_BYTES = 262_144  # a release is a few lines; more is not one


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What one pack, or the chain, asks of the platform."""

    addons: tuple[str, ...] = ()  # add-ons to provision on the first deploy, in order
    process_types: Mapping[str, str] = field(default_factory=dict)  # type -> command
    config_vars: Mapping[str, str] = field(default_factory=dict)  # set on the first deploy


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecision:
    """The release of the chain, and how it came about."""

    rule: Rule  # which rule was used
    release: Release  # what counts
    winner: str | None  # name of the pack whose word counts whole; None: several, or no pack
    dropped: tuple[str, ...] = ()  # one line for each thing a pack said that does not count


def parse_release(data: bytes, *, pack: str) -> Release:
    """Read what a pack's bin/release printed: empty, ``---``, ``--- {}`` and null are all met.

    Errors: ``release/not-yaml``, ``release/wrong-shape``.
    """
    if data.strip() in _EMPTY:
        return Release()
    import yaml  # heavy; only a chain with releases needs it

    try:
        if len(data) > _MAX_BYTES:
            raise ValueError(f"it is {len(data)} bytes long")
        document = yaml.load(data.decode("utf-8"), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as failure:
        raise AssetbuildError(
            error(
                "release/not-yaml",
                f'bin/release of "{pack}" printed what is not YAML: {_first_line(failure)}',
                hint=_BY_HAND,
            )
        ) from failure
    if document in (None, ""):
        return Release()
    if not isinstance(document, dict):
        raise _wrong_shape(pack, "the document", "a map")
    return Release(
        addons=_read_list(document.get("addons"), pack=pack),
        process_types=_read_map(document, "default_process_types", pack=pack),
        config_vars=_read_map(document, "config_vars", pack=pack),
    )


def decide_release(releases: Sequence[tuple[str, Release]], rule: Rule) -> ReleaseDecision:
    """Return whose release counts; ``releases`` are those of packs with a bin/release, in order.

    ``last``: the last pack's, whole, even when it is empty, as on the platform.
    ``merge``: later wins, type by type and name by name; add-ons are united.
    """
    if rule == "last":
        if not releases:
            return ReleaseDecision(rule=rule, release=Release(), winner=None)
        name, winner = releases[-1]
        dropped = tuple(
            line for earlier, one in releases[:-1] for line in _describe(earlier, one, name)
        )
        return ReleaseDecision(rule=rule, release=winner, winner=name, dropped=dropped)
    merged = Release()
    lines: list[str] = []
    owners: dict[str, str] = {}
    for name, one in releases:
        for what, old, new in (
            ("process type", merged.process_types, one.process_types),
            ("config var", merged.config_vars, one.config_vars),
        ):
            for key in sorted(new):
                if key in old and old[key] != new[key]:
                    lines.append(f"{what} {key} of {owners[what + key]}: {name} says otherwise")
                owners[what + key] = name
        merged = Release(
            addons=tuple(dict.fromkeys((*merged.addons, *one.addons))),
            process_types={**merged.process_types, **one.process_types},
            config_vars={**merged.config_vars, **one.config_vars},
        )
    names = [name for name, _ in releases]
    return ReleaseDecision(
        rule=rule,
        release=merged,
        winner=names[0] if len(names) == 1 else None,
        dropped=tuple(lines),
    )


def render_release(release: Release) -> str:
    """Return the YAML that our own bin/release prints: the keys that have a value, sorted."""
    import yaml

    document: dict[str, Any] = {}
    if release.addons:
        document["addons"] = list(release.addons)
    if release.config_vars:
        document["config_vars"] = dict(sorted(release.config_vars.items()))
    if release.process_types:
        document["default_process_types"] = dict(sorted(release.process_types.items()))
    if not document:
        return "--- {}\n"
    # width: a folded command line would still be right, but nobody could grep for it
    return "---\n" + yaml.safe_dump(document, width=10_000, allow_unicode=True)


def _describe(pack: str, release: Release, winner: str) -> Iterable[str]:
    for addon in release.addons:
        yield f"addon {addon} of {pack}: only {winner} is asked"
    for name in sorted(release.process_types):
        yield f"process type {name} of {pack}: only {winner} is asked"
    for name in sorted(release.config_vars):
        yield f"config var {name} of {pack}: only {winner} is asked"


def _read_list(value: object, *, pack: str) -> tuple[str, ...]:
    if value in (None, "", [], {}):
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong_shape(pack, '"addons"', "a list of names")
    return tuple(value)


def _read_map(document: Mapping[str, object], key: str, *, pack: str) -> Mapping[str, str]:
    value = document.get(key)
    if value in (None, "", [], {}):
        return {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise _wrong_shape(pack, f'"{key}"', "a map of text")
    return {str(name): str(text) for name, text in value.items()}


def _wrong_shape(pack: str, what: str, wanted: str) -> AssetbuildError:
    return AssetbuildError(
        error(
            "release/wrong-shape",
            f'bin/release of "{pack}": {what} is not {wanted}',
            hint=_BY_HAND,
        )
    )


def _first_line(failure: Exception) -> str:
    mark, problem = getattr(failure, "problem_mark", None), getattr(failure, "problem", None)
    if mark is not None and problem:
        return f"{problem} (line {mark.line + 1}, column {mark.column + 1})"
    return " ".join(str(failure).split())[:200]
