"""What each output was made of, kept for ``assetbuild explain``, and why it was made again.

In: the dependencies of the outputs of a build, and the record of the last one. Out: records, JSON.
The reason is told from the two lists of dependencies alone, so it is true however the result came:
compiled now, or taken from the cache.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assetbuild.assets.dep_rows import is_dep_row, pack_dep, unpack_dep
from assetbuild.assets.model import Dep, FileDep, GlobDep, OptionDep, ToolDep
from assetbuild.jsontype import parse_json
from assetbuild.paths import LogicalPath

if TYPE_CHECKING:
    from assetbuild.assets.build.inline import Inlined
    from assetbuild.assets.build.join import Join
    from assetbuild.assets.build.plan import PlannedSource, SourcePlan
    from assetbuild.assets.build.prepared import Prepared

_FORMAT = 3
_MINIFIED, _NOT_MINIFIED = OptionDep("minify", "true"), OptionDep("minify", "false")
FIRST = "this project had not made it before"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRecord:
    """How one output was made."""

    source: str  # project-relative; "" for a bundle
    language: str  # name in the registry; "bundle"
    deps: tuple[Dep, ...]  # files, absent candidates, tools, options; sorted
    reason: str = FIRST  # why it was last made anew
    notes: tuple[str, ...] = ()  # what was decided on it: "inlined in css/app.css"

    @property
    def files(self) -> tuple[FileDep, ...]:
        """The files it was made of."""
        return tuple(dep for dep in self.deps if isinstance(dep, FileDep))


Records = Mapping[LogicalPath, OutputRecord]


def make_records(
    plan: SourcePlan,
    prepared: Mapping[LogicalPath, Prepared],
    joins: Iterable[Join],
    *,
    digest: Callable[[PlannedSource], str],
) -> dict[LogicalPath, OutputRecord]:
    """Return the records of a build's text outputs; what is copied as it is needs none."""
    members = {one.output: one.members for one in joins}
    records: dict[LogicalPath, OutputRecord] = {}
    for name, one in prepared.items():
        planned = plan.entries.get(name)
        own: list[Dep] = []
        if planned is not None:
            own.append(FileDep(planned.found.display, digest(planned)))
            own += [
                OptionDep(option, json.dumps(value, sort_keys=True))
                for option, value in sorted(planned.settings.options.items())
            ]
            own.append(_MINIFIED if planned.settings.minify else _NOT_MINIFIED)
        for part in members.get(name, ()):
            member = plan.sources[part]
            own.append(FileDep(member.found.display, digest(member)))
        records[name] = OutputRecord(
            source=planned.found.display if planned else "",
            language=planned.language.name if planned else "bundle",
            deps=tuple(dict.fromkeys((*own, *one.deps))),
        )
    return records


def note_inlined(
    records: Records, decided: Iterable[Inlined], source_of: Callable[[LogicalPath], FileDep | None]
) -> dict[LogicalPath, OutputRecord]:
    """Return the records with what became of the files that a rule asks to inline.

    ``source_of`` gives the file that an output was made of; None where there is no one file. A
    stylesheet that holds another file depends on that file.
    """
    result = dict(records)

    def note(name: LogicalPath, text: str, dep: FileDep | None) -> None:
        source = source_of(name)
        one = result.get(name) or OutputRecord(
            source=source.path if source else "",
            language="raw",
            deps=(source,) if source else (),
        )
        deps = one.deps if dep is None else tuple(dict.fromkeys((*one.deps, dep)))
        result[name] = replace(one, notes=(*one.notes, text), deps=deps)

    for item in decided:
        note(item.target, item.note, None)
        if item.owner is not None:
            note(item.owner, f"holds {item.target} as a data URI", source_of(item.target))
    return result


def update_records(before: bytes, now: Records) -> bytes:
    """Return today's file of records, each with the reason why it differs from the last, or the last's.

    ``before`` is the last file; only the rows that differ are made records again, for one changed
    file of thousands leaves thousands of rows.
    """
    old_rows = _parse_rows(before)
    lines = [
        _spell_row(name, _next_row(old_rows.get(name), record))
        for name, record in sorted(now.items())
    ]
    return _HEAD + ",\n".join(lines).encode() + _TAIL


def patch_records(before: bytes, now: Records) -> bytes | None:
    """Return the file of records with some changed, as update_records has it for all.

    None where the last file lacks one of them.
    """
    if not before.startswith(_HEAD):
        return None
    changed = {_spell_name(name).encode(): record for name, record in now.items()}
    lines = before.split(b"\n")
    for index, line in enumerate(lines):
        name = line[: line.find(b'":[') + 2]
        record = changed.pop(name, None)
        if record is not None:
            end = b"," if line.endswith(b",") else b""
            old = json.loads(line[len(name) : len(line) - len(end)])
            row = json.dumps(_next_row(old, record), separators=(",", ":"))
            lines[index] = name + row.encode() + end
    return None if changed else b"\n".join(lines)


def find_made_of(records: bytes, file: str) -> list[LogicalPath]:
    """Return the outputs that were made of a project-relative file; ``records`` is their file."""
    dep = json.dumps(["file", file], separators=(",", ":"))[:-1].encode() + b","
    found: list[LogicalPath] = []
    at = records.find(dep)
    while at >= 0:
        start = records.rfind(b"\n", 0, at) + 1
        end = records.find(b"\n", at)
        line = records[start : len(records) if end < 0 else end]
        (name,) = json.loads(b"{%s}" % line.rstrip(b",")).keys()
        found.append(LogicalPath(name))
        at = records.find(dep, start + len(line))
    return found


def _next_row(old_row: list[Any] | None, record: OutputRecord) -> list[Any]:
    row = _dump_row(record)
    if old_row is None:
        row[2] = FIRST
    elif old_row[0] == row[0] and old_row[3] == row[3]:
        row[2] = old_row[2]
    else:
        old = _parse_row(old_row)
        reasons = explain_change(old, record)
        row[2] = "; ".join(reasons[:3]) if reasons else old.reason
        if len(reasons) > 3:
            row[2] += f"; and {len(reasons) - 3} more"
    return row


# one line an output, so that a few can be found and changed without reading all
_HEAD = f'{{"format":{_FORMAT},"outputs":{{\n'.encode()
_TAIL = b"\n}}\n"


def _spell_row(name: str, row: list[Any]) -> str:
    return _spell_name(name) + json.dumps(row, separators=(",", ":"))


def _spell_name(name: str) -> str:
    return json.dumps(name) + ":"


def explain_change(old: OutputRecord, new: OutputRecord) -> list[str]:
    """Return what changed from one record to the next, most telling first; empty: nothing."""
    found: list[str] = []
    if old.source != new.source:
        found.append(f'it is made of "{new.source}" now, not of "{old.source}"')
    before, after = _by_kind(old.deps), _by_kind(new.deps)
    for key in sorted(before.keys() | after.keys()):
        text = _explain_dep(key, before, after)
        if text is not None:
            found.append(text)
    return found


_Keyed = dict[tuple[int, str], Dep]


def _by_kind(deps: tuple[Dep, ...]) -> _Keyed:
    keyed: _Keyed = {}
    for dep in deps:
        if isinstance(dep, FileDep):
            keyed[0, dep.path] = dep
        elif isinstance(dep, OptionDep):
            keyed[1, dep.name] = dep
        elif isinstance(dep, ToolDep):
            keyed[2, dep.name] = dep
        elif isinstance(dep, GlobDep):
            keyed[3, dep.pattern] = dep
    return keyed


def _explain_dep(key: tuple[int, str], before: _Keyed, after: _Keyed) -> str | None:
    old, new = before.get(key), after.get(key)
    if old == new:
        return None
    kind, name = key
    if kind == 0:
        if old is None:
            return f'"{name}" is read now'
        return f'"{name}" changed' if new is not None else f'"{name}" is read no longer'
    if kind == 2 and isinstance(old, ToolDep) and isinstance(new, ToolDep):
        return f"{name} {old.version} became {new.version}"
    labels = {1: "the option", 2: "the tool", 3: "the files of"}
    return f'{labels[kind]} "{name}" changed'


def parse_records(data: bytes) -> dict[LogicalPath, OutputRecord]:
    """Read what update_records wrote; what cannot be read is no record, and never an error."""
    return {LogicalPath(name): _parse_row(row) for name, row in _parse_rows(data).items()}


def _parse_rows(data: bytes) -> Mapping[str, list[Any]]:
    try:
        document: Any = parse_json(data)
        if document["format"] != _FORMAT:
            return {}
        rows: dict[str, list[Any]] = document["outputs"]
        for source, language, reason, deps, notes in rows.values():
            if not (isinstance(source, str) and isinstance(language, str)):
                return {}
            if not (isinstance(reason, str) and isinstance(deps, list) and isinstance(notes, list)):
                return {}
            if not all(map(is_dep_row, deps)):
                return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return rows


def _dump_row(one: OutputRecord) -> list[Any]:
    return [
        one.source,
        one.language,
        one.reason,
        [pack_dep(dep) for dep in one.deps],
        [*one.notes],
    ]


def _parse_row(row: list[Any]) -> OutputRecord:
    source, language, reason, deps, notes = row
    return OutputRecord(
        source=source,
        language=language,
        reason=reason,
        deps=tuple(map(unpack_dep, deps)),
        notes=tuple(notes),
    )
