"""Which outputs a build must make again when only the contents of some files changed.

In: the changed files and what the last build remembers. Out: a Scope, or BeyondScope: then
everything is looked at. Pure: disks and compilers are known elsewhere.

It applies when the disk differs from the last build's snapshot in nothing but the bytes of files
that it read (difference.py): the same sources, folders, settings, tools and outputs, no absent
file come. Then a step gives what it gave, unless a file it depends on is among the changed ones
(records.py says which), and an output keeps its name, unless its own bytes change or it names,
through any number of references, one whose bytes do. These outputs are the scope. They go through
the same functions as in any build; all others are taken over as the manifest has them.

What one file's content can decide for the whole build is held against the last build as soon as
it is known, and ends the attempt where it differs: which sources only imports reach, which outputs
only references make, hashes cut to the same digits. What counts over all outputs (inlining, sheets
of marked pictures, generated sprites, pictures with siblings) ends it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.build.records import find_made_of
from assetbuild.assets.build.remembered import Remembered
from assetbuild.assets.images.kinds import kind_of
from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.assets.naming import token_of
from assetbuild.paths import LogicalPath

_LARGEST_PART = 4  # of more than one output in so many, looking at all costs little more


class BeyondScope(Exception):
    """The change reaches further than the outputs found for it; the text says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBuild:
    """What is known of the build that lies in the output folder."""

    manifest: Manifest
    sources: Mapping[LogicalPath, str]  # output -> project-relative source
    records: bytes  # as records.py wrote them
    remembered: Remembered

    @property
    def files(self) -> dict[LogicalPath, str]:
        """The project-relative file of each source that is an output, or is only imported."""
        return {**self.remembered.imported, **self.sources}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The outputs to make again."""

    outputs: frozenset[LogicalPath]
    changed: frozenset[str]  # project-relative files
    last: LastBuild

    @property
    def kept(self) -> dict[LogicalPath, ManifestEntry]:
        """The outputs that stay as they are."""
        entries = self.last.manifest.entries
        return {name: one for name, one in entries.items() if name not in self.outputs}


def find_scope(changed: Sequence[str], last: LastBuild) -> Scope:
    """Return the outputs that the changed files (project-relative) reach. Errors: BeyondScope."""
    remembered = last.remembered
    if remembered.barred:
        raise BeyondScope(remembered.barred)
    owned: dict[str, list[LogicalPath]] = {}
    for name, file in last.sources.items():
        owned.setdefault(file, []).append(name)
    found: set[LogicalPath] = set()
    for file in changed:
        if kind_of(file) or (remembered.has_generated and file.lower().endswith(".svg")):
            raise BeyondScope(f'"{file}" is a picture')
        made = [*owned.get(file, ()), *find_made_of(last.records, file)]
        if not made:
            raise BeyondScope(f'no output alone is made of "{file}"')
        found.update(made)
    outputs = _add_owners(found, last)
    pictures = [one for one in outputs if kind_of(one)]
    if pictures:
        raise BeyondScope(f'"{min(pictures)}" is a picture')
    if len(outputs) * _LARGEST_PART > len(last.manifest.entries):
        raise BeyondScope("it reaches many outputs")
    gone = outputs - last.manifest.entries.keys()
    if gone:
        raise BeyondScope(f'"{min(gone)}" was no output')
    return Scope(outputs=frozenset(outputs), changed=frozenset(changed), last=last)


def _add_owners(found: set[LogicalPath], last: LastBuild) -> set[LogicalPath]:
    """Return the outputs with all that name them, and the maps of these."""
    owners: dict[LogicalPath, list[LogicalPath]] = {}
    for name, entry in last.manifest.entries.items():
        for target in entry.references:
            owners.setdefault(target, []).append(name)
    maps = {LogicalPath(one.removesuffix(".map")): [one] for one in last.remembered.maps}
    for name, owner in last.remembered.brought_maps.items():
        maps.setdefault(owner, []).append(name)
    outputs: set[LogicalPath] = set()
    waiting = sorted(found)
    while waiting:
        name = waiting.pop()
        if name in outputs:
            continue
        outputs.add(name)
        waiting += owners.get(name, ())
        waiting += maps.get(name, ())
    return outputs


def find_importers(scope: Scope) -> list[LogicalPath]:
    """Return the sources that import a changed file, or are one: their imports may be others now."""
    remembered, own = scope.last.remembered, scope.last.files
    return [
        name
        for name, files in remembered.imports.items()
        if own.get(remembered.aliases.get(name, name)) in scope.changed
        or not scope.changed.isdisjoint(files)
    ]


def check_imports(scope: Scope, now: Mapping[LogicalPath, tuple[str, ...]]) -> None:
    """Hold the imports of sources against those of the last build.

    A partial more or less decides nothing; a source that may be an output does. Errors: BeyondScope.
    """
    remembered, own = scope.last.remembered, scope.last.files
    compiled = {own.get(remembered.aliases.get(one, one)) for one in remembered.imports}
    for name, files in now.items():
        if not compiled.isdisjoint(set(files).symmetric_difference(remembered.imports[name])):
            raise BeyondScope(f'"{name}" imports other sources')


def check_outputs(
    scope: Scope, now: Iterable[LogicalPath], references: Mapping[LogicalPath, Sequence[str]]
) -> None:
    """Hold what was made against the scope. ``references`` are owner -> targets.

    Errors: BeyondScope where other outputs came of it, or where a reference comes or goes to what
    is an output only because it is named, or is drawn of what is.
    """
    differing = scope.outputs.symmetric_difference(now)
    if differing:
        raise BeyondScope(f'"{min(differing)}" came or went')
    remembered = scope.last.remembered
    firm = (scope.last.sources.keys() - remembered.imported.keys()) | set(remembered.maps)
    for name in scope.outputs:
        before = scope.last.manifest.entries[name].references
        for target in set(before).symmetric_difference(references.get(name, ())):
            if target not in firm:
                raise BeyondScope(f'"{name}" names other outputs')


def check_names(scope: Scope, now: Iterable[ManifestEntry], *, form: str, hash_length: int) -> None:
    """Hold the new names against those that stay.

    Errors: BeyondScope where a hash is longer than usual, or might have to be.
    """
    kept = scope.kept.values()
    for one in scope.last.manifest.entries.values():
        if one.is_hashed and len(one.hashed) != len(one.logical) + hash_length + 1:
            raise BeyondScope("hashes were lengthened")
    text = "\n".join(one.hashed for one in kept)
    for one in now:
        token = token_of(one.logical, one.hashed, form)
        if one.is_hashed and len(token) != hash_length:
            raise BeyondScope("a hash was lengthened")
        if token and token in text:
            for other in kept:
                is_copy = other.sha256 == one.sha256 and one.sha256.startswith(token)
                if token in other.hashed and not is_copy:
                    raise BeyondScope("two hashes begin alike")
