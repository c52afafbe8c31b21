"""The build report: one value, as JSON, as flat YAML for bin/report, and as a table.

In: the state of a chain and the numbers of the assets. Out: text.
Refuses to know: where it is shown or stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from assetbuild.buildpacks.chain import ChainState, PackResult
from assetbuild.buildpacks.release import ReleaseDecision
from assetbuild.diagnostics import Diagnostic
from assetbuild.jsontype import Json
from assetbuild.sizes import format_size
from assetbuild.wrapping import WIDTH

REPORT_VERSION = 1
_HEAD = ("pack", "fetch", "detect", "compile", "files", "size", "env", "cache")
_INDENT = 7  # columns that the platform's form puts before each line
_GAP = 2  # columns between two cells
_MIN_NAME = 4  # columns that a pack's name keeps in the fullest table
_MAX_FACTS = 100  # entries kept of a pack's own report
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
# what a JSON string may hold as it is and a YAML one may not
_NO_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def parse_pack_report(data: bytes) -> dict[str, str]:
    """Read what a bin/report printed: flat YAML or JSON; what is neither is passed over."""
    import yaml  # only a chain with reports needs it

    try:
        document = yaml.load(data.decode("utf-8", "replace"), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    if not isinstance(document, dict):
        return {}
    flat = {
        str(name): value for name, value in document.items() if isinstance(value, (str, int, float))
    }
    # a key of ours is built with it, in a form where it stands without quotes
    names = sorted(name for name in flat if _KEY.fullmatch(name))
    return {name: str(flat[name]) for name in names[:_MAX_FACTS]}


def build_report(
    state: ChainState,
    *,
    stack: str,
    release: ReleaseDecision | None,
    assets: Mapping[str, Json] | None,
    failures: Sequence[Diagnostic],
    seconds: float,
) -> dict[str, Json]:
    """Return the report as a JSON document (docs/reference/build-report.md); no value is secret."""
    document: dict[str, Json] = {
        "version": REPORT_VERSION,
        "stack": stack,
        "ok": not failures,
        "seconds": _round(seconds),
        "packs": [_report_pack(one) for one in state.results],
        "release": None if release is None else _report_release(release),
        "assets": None if assets is None else dict(assets),
    }
    failed = state.failed
    if failures:
        document["failure"] = {
            "pack": None if failed is None else failed.pack.label,
            "code": failures[0].code,
            "message": failures[0].message,
            "tail": [] if failed is None else [*failed.tail],
        }
    return document


def flatten_report(document: Mapping[str, Json]) -> dict[str, str]:
    """Return the report as flat key -> text, the form that bin/report prints."""
    flat: dict[str, str] = {}
    for key in ("ok", "stack", "seconds"):
        flat[key] = _text(document.get(key))
    packs = document.get("packs")
    for index, pack in enumerate(packs if isinstance(packs, list) else (), start=1):
        if not isinstance(pack, dict):
            continue
        for key in ("name", "url", "commit", "outcome", "detect_s", "compile_s"):
            if pack.get(key) is not None:
                flat[f"pack_{index}_{key}"] = _text(pack[key])
        facts = pack.get("report")
        for name, value in facts.items() if isinstance(facts, dict) else ():
            flat[f"pack_{index}_{name}"] = _text(value)
    failure = document.get("failure")
    if isinstance(failure, dict):
        flat["failure_code"] = _text(failure.get("code"))
        flat["failure_pack"] = _text(failure.get("pack"))
    assets = document.get("assets")
    for name, value in assets.items() if isinstance(assets, dict) else ():
        if isinstance(value, (str, int, float, bool)):
            flat[f"assets_{name}"] = _text(value)
    return flat


def render_flat(flat: Mapping[str, str]) -> str:
    """Return flat YAML, one line a key; every value is quoted, so that no reader guesses a type."""
    import json  # JSON strings are nearly YAML strings

    def quote(value: str) -> str:
        # not ASCII alone: YAML does not know JSON's pairs of escapes
        text = json.dumps(value, ensure_ascii=False)
        return _NO_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)

    return "".join(f"{key}: {quote(value)}\n" for key, value in flat.items())


def render_table(document: Mapping[str, Json]) -> str:
    """Return the report for people: a row for each pack, then one for the assets.

    What is 0 of a count is left out, and names are cut, for a table of 80 columns behind an indent.
    """
    listed = document.get("packs")
    packs = [one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict)]
    numbers = _align([_HEAD[1:], *map(_numbers, packs)])
    room = WIDTH - _INDENT - _GAP - max(map(len, numbers))
    titles = [_HEAD[0], *(_title(one, width=room) for one in packs)]
    width = max(map(len, titles))
    gap = " " * _GAP
    lines = [f"{title:<{width}}{gap}{cells}" for title, cells in zip(titles, numbers, strict=True)]
    assets = document.get("assets")
    if isinstance(assets, dict):
        lines.append(f"assets: {', '.join(_tell_fact(*one) for one in assets.items())}")
    lines.append(f"{_text(document.get('seconds'))} s in all")
    return "\n".join(lines)


def _tell_fact(name: str, value: Json) -> str:
    if name == "bytes" and isinstance(value, int):
        return f"size {format_size(value)}"
    return f"{name} {_text(value)}"


def _report_pack(one: PackResult) -> Json:
    changes = one.changes
    return {
        "name": one.name,
        "url": one.pack.label,
        "commit": one.pack.commit,
        "dir": one.pack.dir,
        "outcome": one.outcome.value,
        "skipped_for": one.skipped_for or None,
        "fetch_s": _round(one.pack.fetch_s),
        "detect_s": _round(one.detect_s),
        "compile_s": _round(one.compile_s),
        "files_added": len(changes.added),
        "files_changed": len(changes.changed),
        "files_deleted": len(changes.deleted),
        "bytes_added": changes.bytes_added,
        "bytes_changed": changes.bytes_changed,
        "bytes_deleted": changes.bytes_deleted,
        "env_set": _names(one.env.set),
        "env_unset": _names(one.env.unset),
        "cache_bytes": one.cache_bytes,
        "cache_growth": one.cache_growth,
        "profile_overwritten": _names(path for path, _ in one.overwritten),
        "left_running": _names(one.strays),
        "report": dict(one.report),
    }


def _report_release(decision: ReleaseDecision) -> Json:
    return {
        "rule": decision.rule,
        "winner": decision.winner,
        "process_types": _names(decision.release.process_types),
        "config_vars": _names(decision.release.config_vars),
        "addons": _names(decision.release.addons),
        "dropped": [*decision.dropped],
    }


def _names(names: Iterable[str]) -> list[Json]:
    return [*sorted(set(names))]


def _title(pack: Mapping[str, Json], *, width: int) -> str:
    name = _text(pack.get("name") or pack.get("url"))
    outcome = _text(pack.get("outcome"))
    told = "" if outcome == "applied" else f" ({outcome})"
    room = max(_MIN_NAME, width - len(told))
    return (name if len(name) <= room else name[: room - 1] + "…") + told


def _numbers(pack: Mapping[str, Json]) -> tuple[str, ...]:
    def number(key: str) -> int:
        value = pack.get(key)
        return value if isinstance(value, int) else 0

    def length(key: str) -> int:
        value = pack.get(key)
        return len(value) if isinstance(value, list) else 0

    size = number("bytes_added") + number("bytes_changed") - number("bytes_deleted")
    return (
        f"{_text(pack.get('fetch_s'))}s",
        f"{_text(pack.get('detect_s'))}s",
        f"{_text(pack.get('compile_s'))}s",
        _count(
            ("+", number("files_added")),
            ("~", number("files_changed")),
            ("-", number("files_deleted")),
        ),
        format_size(size),
        _count(("+", length("env_set")), ("-", length("env_unset"))),
        format_size(number("cache_growth")),
    )


def _count(*parts: tuple[str, int]) -> str:
    return " ".join(f"{sign}{number}" for sign, number in parts if number) or "0"


def _align(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        (" " * _GAP).join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return " ".join(str(one) for one in value) or "none"
    return "" if value is None else str(value)


def _round(seconds: float) -> float:
    return round(seconds, 3)
