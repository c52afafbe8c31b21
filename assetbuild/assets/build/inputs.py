"""Every file a build looks at: its digest, read at most once, and what to remember of it.

In: paths. Out: digests, dependency checks, and the stamps for the next build's snapshot.
Trusts the last snapshot where a stat says that nothing changed. Refuses to know: languages.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assetbuild.assets.build.state import Snapshot, Stamp, is_settled, stamp_of
from assetbuild.assets.languages.imports import ImportSearch, digest_names, list_matches
from assetbuild.assets.model import AbsentDep, Dep, FileDep, GlobDep
from assetbuild.diagnostics import AssetbuildError, Location, error
from assetbuild.digests import sha256_hex
from assetbuild.files import hash_file
from assetbuild.globs import compile_glob
from assetbuild.walking import walk_files


@dataclass(frozen=True, slots=True)
class _Seen:
    stamp: Stamp
    sha256: str


class BuildInputs:
    """Digests of files by absolute path, for one build."""

    def __init__(self, search: ImportSearch, snapshot: Snapshot | None) -> None:
        self._search = search
        self._known: Mapping[str, tuple[Stamp, str]] = snapshot.files if snapshot else {}
        self._known_ns = snapshot.taken_ns if snapshot else 0
        self._seen: dict[str, _Seen] = {}
        self._moved: set[str] = set()  # other bytes now than those that a compiler read
        self._absent: set[str] = set()
        self._globs: set[str] = set()

    def digest(self, path: str) -> str:
        """Return the sha256 of a file. Errors: OSError."""
        seen = self._seen.get(path)
        if seen is not None:
            return seen.sha256
        stamp = stamp_of(os.stat(path))
        known = self._known.get(path)
        if known is not None and known[0] == stamp and is_settled(stamp, self._known_ns):
            sha256 = known[1]
        else:
            sha256 = hash_file(path)
        self._seen[path] = _Seen(stamp, sha256)
        return sha256

    def read(self, path: str, display: str) -> bytes:
        """Return the bytes of a source. Errors: ``discover/unreadable``."""
        try:
            stamp = stamp_of(os.stat(path))
            with open(path, "rb") as file:
                data = file.read()
        except OSError as failure:
            raise unreadable(display, failure) from failure
        self._seen[path] = _Seen(stamp, sha256_hex(data))
        return data

    def holds(self, dep: Dep) -> bool:
        """Tell whether a recorded dependency is as it was; tools and options are in the key."""
        if isinstance(dep, FileDep):
            try:
                return self.digest(self._search.locate(dep.path)) == dep.sha256
            except OSError:
                return False
        if isinstance(dep, AbsentDep):
            return not os.path.lexists(self._search.locate(dep.path))
        if isinstance(dep, GlobDep):
            return self.digest_names(dep.pattern) == dep.names_digest
        return True

    def note(self, deps: Iterable[Dep]) -> None:
        """Remember what a step depended on for the next snapshot."""
        for dep in deps:
            if isinstance(dep, FileDep):
                path = self._search.locate(dep.path)
                try:
                    # else the snapshot would say of an old output that it is of the new bytes
                    if self.digest(path) != dep.sha256:
                        self._moved.add(path)
                except OSError:
                    continue
            elif isinstance(dep, AbsentDep):
                self._absent.add(self._search.locate(dep.path))
            elif isinstance(dep, GlobDep):
                self._globs.add(dep.pattern)

    def note_seen(self, path: str) -> None:
        """Remember a file that no step may read, or that it is gone."""
        try:
            self.digest(path)
        except OSError:
            self.note_absent([path])

    def note_absent(self, paths: Iterable[str]) -> None:
        """Remember paths that were looked for and not found."""
        self._absent.update(paths)

    def digest_names(self, pattern: str) -> str:
        """Return the digest of the sorted names that a project-relative glob matches."""
        return digest_names(list_matches(self._search.project, pattern))

    def find_moved(self) -> list[str]:
        """Return the files that changed since they were read, sorted."""
        moved = set(self._moved)
        for path, seen in self._seen.items():
            try:
                if stamp_of(os.stat(path)) != seen.stamp:
                    moved.add(path)
            except OSError:
                moved.add(path)
        return sorted(moved)

    def files(self) -> dict[str, tuple[Stamp, str]]:
        """Return stamp and digest of every file looked at."""
        return {path: (one.stamp, one.sha256) for path, one in sorted(self._seen.items())}

    def absent(self) -> tuple[str, ...]:
        """Return what was looked for and not there, sorted."""
        return tuple(sorted(self._absent))

    def glob_folders(self) -> tuple[str, ...]:
        """Return the absolute folders whose listings the globs depend on, sorted."""
        found: set[str] = set()
        for pattern in self._globs:
            base = os.path.join(self._search.project, compile_glob(pattern).base)
            if os.path.isdir(base):
                found.add(base)
                found.update(os.path.dirname(one.path) for one in walk_files(base))
        return tuple(sorted(found))


def unreadable(display: str, failure: OSError) -> AssetbuildError:
    """Return the error of a source that cannot be read."""
    return AssetbuildError(
        error(
            "discover/unreadable",
            f'cannot read "{display}": {failure.strerror}',
            location=Location(file=display),
        )
    )
