"""The store of fetched packs: one folder a content, shared by builds, never run in.

In: a folder that holds what was fetched. Out: stored trees, and private writable copies of them.
Layout below the root:

- ``trees/<key>/``: a whole tree; the key says the content (``git-<sha>``, ``archive-<sha256>``);
- ``trees/<key>.digest``: its tree digest, written before the tree gets its name;
- ``known/<digest>.json``: what a URL and revision were when they were last asked for.

Refuses to know: where trees come from. A copy shares no inode with the store: packs write into
their own folder (docs/explanation/packs.md, rule 2), and a hard link would write into everybody's.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from assetbuild.digests import digest_parts
from assetbuild.files import atomic_write, hash_file
from assetbuild.jsontype import Json, parse_json
from assetbuild.locks import hold_lock
from assetbuild.scratch import temporary_folder
from assetbuild.trees import copy_tree, remove_tree

_KEEP_S = 30 * 24 * 3600  # a tree that no build asked for in this time is dropped


class PackStore:
    """A folder of stored trees; safe for several processes at once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._trees = root / "trees"

    def has(self, key: str) -> bool:
        """Tell whether a whole tree is stored under a key."""
        return (self._trees / key).is_dir() and (self._trees / f"{key}.digest").is_file()

    def digest(self, key: str) -> str:
        """Return the tree digest of a stored tree, as it was when it was stored."""
        return (self._trees / f"{key}.digest").read_text("ascii").strip()

    def add(self, key: str, make: Callable[[Path], Path]) -> None:
        """Store a tree unless it is there: ``make`` gets a scratch folder and returns the tree.

        Two builds that want the same make it once; a killed one leaves nothing behind that counts.
        """
        if self.has(key):
            self._touch(key)
            return
        with hold_lock(self._root / "locks" / key):
            if self.has(key):
                return
            with self.scratch() as scratch:
                self._keep(key, make(scratch))

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """Make a folder on the store's disk for trees whose key is known when they are there."""
        self._root.mkdir(parents=True, exist_ok=True)
        with temporary_folder(".tmp-", parent=self._root) as folder:
            yield folder

    def take(self, key: str, tree: Path) -> None:
        """Store a tree that lies in a scratch folder, unless it is there."""
        with hold_lock(self._root / "locks" / key):
            if not self.has(key):
                self._keep(key, tree)

    def _keep(self, key: str, tree: Path) -> None:
        self._trees.mkdir(parents=True, exist_ok=True)
        atomic_write(self._trees / f"{key}.digest", digest_tree(tree).encode())
        remove_tree(self._trees / key)
        os.rename(tree, self._trees / key)

    def copy(self, key: str, target: Path) -> None:
        """Put a private writable copy of a stored tree at ``target``."""
        self._touch(key)
        copy_tree(self._trees / key, target)

    def drop(self, key: str) -> None:
        """Remove a stored tree."""
        remove_tree(self._trees / f"{key}.digest")
        remove_tree(self._trees / key)

    def remember(self, url: str, revision: str | None, facts: dict[str, Json]) -> None:
        """Keep what a URL and revision were; neither is readable in the store."""
        text = json.dumps(facts, sort_keys=True)
        atomic_write(self._known(url, revision), text.encode())

    def recall(self, url: str, revision: str | None) -> dict[str, Json]:
        """Return what was last remembered; empty when nothing was."""
        try:
            facts = parse_json(self._known(url, revision).read_bytes())
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def prune(self, *, now: float | None = None) -> None:
        """Drop the trees that no build asked for in a month, and leftovers of killed builds."""
        limit = (time.time() if now is None else now) - _KEEP_S
        for path in sorted([*self._trees.glob("*"), *self._root.glob(".tmp-*")]):
            # gone meanwhile, or a store that can only be read
            with contextlib.suppress(OSError):
                if path.is_dir() and path.stat().st_mtime < limit:
                    remove_tree(path)
                    remove_tree(path.with_name(f"{path.name}.digest"))

    def _touch(self, key: str) -> None:
        with contextlib.suppress(OSError):
            os.utime(self._trees / key)

    def _known(self, url: str, revision: str | None) -> Path:
        name = digest_parts("known-pack", (url, revision or ""))
        return self._root / "known" / f"{name}.json"


def digest_tree(root: Path) -> str:
    """Return the digest of a tree: names, contents, links' targets and executable bits.

    Times, owners and empty folders do not count, so that a clone and an archive may agree.
    """
    hasher = hashlib.sha256()
    for folder, names, files in os.walk(root):
        names.sort()
        links = [one for one in names if os.path.islink(os.path.join(folder, one))]
        for name in sorted([*files, *links]):
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, root)
            if os.path.islink(path):
                parts = ("link", relative, os.readlink(path))
            elif os.path.isfile(path):
                is_executable = os.stat(path).st_mode & stat.S_IXUSR
                parts = ("executable" if is_executable else "file", relative, hash_file(path))
            else:
                continue
            hasher.update(digest_parts("tree-entry", parts).encode())
    return hasher.hexdigest()
