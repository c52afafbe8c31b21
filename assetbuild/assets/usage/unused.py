"""Which outputs nothing in an app names, directly or by way of others.

In: the manifest, what texts name, what is kept. Out: a verdict on each output. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.assets.usage.search import Found

_PAGES = frozenset(["text/html", "application/xhtml+xml"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a text names an output."""

    file: str  # project-relative
    line: int  # 1-based
    column: int  # 1-based
    written: str  # what stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedOutput:
    """An output that nothing names."""

    entry: ManifestEntry  # as the manifest has it
    source: str  # project-relative; "" where it is made of several
    named_by: tuple[str, ...]  # unused outputs that name it

    @property
    def size(self) -> int:
        """Bytes of the output and its variants."""
        return self.entry.size + sum(one.size for one in self.entry.variants.values())


@dataclass(slots=True)
class UnusedResult:
    """The verdict."""

    unused: list[UnusedOutput] = field(default_factory=list)  # largest first
    maybe: list[tuple[ManifestEntry, Place]] = field(default_factory=list)  # sorted by name
    kept: list[str] = field(default_factory=list)  # by configuration, or by their kind
    others: list[str] = field(default_factory=list)  # that nothing here names, of other apps
    files: list[str] = field(default_factory=list)  # files that were looked in
    outputs: int = 0  # how many there are


@dataclass(slots=True)
class Names:
    """What texts name."""

    roots: dict[str, Place] = field(default_factory=dict)  # output -> first place of its whole name
    maybe: dict[str, Place] = field(
        default_factory=dict
    )  # output -> first place that could mean it
    edges: dict[str, set[str]] = field(
        default_factory=dict
    )  # output -> outputs that its source names

    def add(self, owner: str | None, found: Found, place: Callable[[], Place]) -> None:
        """Note a find in a file; ``owner`` is the output made of it, which names nothing itself."""
        if owner == found.logical:
            return
        if owner is not None and found.certainty == "named":
            self.edges.setdefault(owner, set()).add(found.logical)
        else:
            table = self.roots if found.certainty == "named" else self.maybe
            if found.logical not in table:
                table[found.logical] = place()


def find_unused(
    manifest: Manifest,
    names: Names,
    *,
    sources: Mapping[str, str],
    parts: Collection[tuple[str, str]],
    is_kept: Callable[[str], bool],
) -> UnusedResult:
    """Return the verdict on every output.

    ``sources`` gives each output's source, ``parts`` pairs of an output and one whose source it was
    made of too: joined, required, imported, or held as a data URI.
    Outputs without a hash in their name, and pages, are fetched by convention: they are kept.
    """
    entries: Mapping[str, ManifestEntry] = {str(one): e for one, e in manifest.entries.items()}
    edges = _collect_edges(entries, names, parts)
    kept = {
        name
        for name, entry in entries.items()
        if is_kept(name) or not entry.is_hashed or entry.media_type in _PAGES
    }
    used = _reach({*kept, *names.roots}, edges)
    possible = _reach(names.maybe.keys() - used, edges) - used
    unused = entries.keys() - used - possible
    named_by: dict[str, list[str]] = {}
    for owner in sorted(unused):
        for target in edges.get(owner, ()):
            named_by.setdefault(target, []).append(owner)
    result = UnusedResult(kept=sorted(kept), outputs=len(entries))
    result.unused = sorted(
        (
            UnusedOutput(
                entry=entries[name],
                source=sources.get(name, ""),
                named_by=tuple(one for one in named_by.get(name, ()) if one != name),
            )
            for name in unused
            if not _is_map(name, entries)
        ),
        key=lambda one: (-one.size, one.entry.logical),
    )
    result.maybe = [
        (entries[name], names.maybe[name])
        for name in sorted(possible)
        if name in names.maybe and not _is_map(name, entries)
    ]
    return result


def _is_map(name: str, entries: Mapping[str, ManifestEntry]) -> bool:
    # it comes and goes with the file that it describes
    return name.endswith(".map") and name[:-4] in entries


def _collect_edges(
    entries: Mapping[str, ManifestEntry], names: Names, parts: Collection[tuple[str, str]]
) -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {name: set(found) for name, found in names.edges.items()}

    def add(owner: str, target: str) -> None:
        edges.setdefault(owner, set()).add(target)

    for name, entry in entries.items():
        for logical in entry.references:
            add(name, logical)
        if entry.picture is not None:
            # a picture and its other forms are used together
            for sibling in entry.picture.siblings:
                add(name, sibling.logical)
                add(sibling.logical, name)
    for owner, target in parts:
        add(owner, target)
    return edges


def _reach(starts: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges.get(name, ())
    return reached
