"""The output folder: new files beside old ones, the manifest last, then what no one names goes.

In: files by hashed path, a manifest. Out: a folder that always holds one whole build.
Only names that a manifest or a journal of ours listed are ever removed. One process at a time:
hold lock() from before the first write. Refuses to know: how the bytes were made.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from assetbuild.assets.build.state import stat_output
from assetbuild.assets.manifest import MANIFEST_NAME, parse_manifest
from assetbuild.assets.model import Manifest
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, warning
from assetbuild.digests import sha256_hex
from assetbuild.files import TEMPORARY_PREFIX, atomic_copy, atomic_write, hash_file
from assetbuild.jsontype import Json
from assetbuild.locks import hold_folder_lock
from assetbuild.reporting import Reporter
from assetbuild.walking import walk_files


class OutputFolder:
    """Writes one build; what it created is removed again when the build is given up."""

    def __init__(self, path: Path, *, display: str, is_durable: bool = True) -> None:
        self.path = path
        # joined for each of thousands of files: a Path takes ten times as long
        self._root = str(path)
        self._display = display
        self._is_durable = is_durable
        self._created: list[str] = []
        self.has_begun = False  # whether this build wrote anything
        self.manifest_data = b""  # what read_manifest found
        # name -> size, mtime_ns, inode of what this build found to be as the last one left it
        self.seen: dict[str, tuple[int, int, int]] = {}

    @contextlib.contextmanager
    def lock(self, reporter: Reporter) -> Iterator[None]:
        """Hold the folder against other builds; tell when one is at work."""

        def tell() -> None:
            reporter.detail(f'waiting for another build of "{self._display}" to end')

        with self._explaining():
            self.path.mkdir(parents=True, exist_ok=True)
        with hold_folder_lock(self.path, on_wait=tell):
            yield

    def read_manifest(self) -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
        """Return what lies there; a damaged manifest is a warning, and counts as none."""
        path = self.path / MANIFEST_NAME
        try:
            data = self.manifest_data = path.read_bytes()
        except FileNotFoundError:
            return None, ()
        try:
            return parse_manifest(data, file=f"{self._display}/{MANIFEST_NAME}"), ()
        except AssetbuildError as failure:
            found = failure.diagnostics[0]
            return None, (
                warning(
                    "output/manifest-replaced",
                    f"{found.message}; it is written anew, and the files it named stay",
                    location=found.location,
                ),
            )

    def has(self, hashed: str, sha256: str, size: int) -> bool:
        """Tell whether a file is there with exactly these bytes."""
        path = f"{self._root}/{hashed}"
        try:
            return os.path.getsize(path) == size and hash_file(path) == sha256
        except OSError:
            return False

    def is_as_left(self, name: str, stamp: tuple[int, int, int] | None) -> bool:
        """Tell whether a file is as the last build left it (size, mtime_ns, inode)."""
        try:
            if stamp is None or stat_output(f"{self._root}/{name}") != stamp:
                return False
        except OSError:
            return False
        self.seen[name] = stamp
        return True

    def write(self, hashed: str, data: bytes) -> None:
        """Write a file. Errors: ``output/unwritable``, ``output/disk-full``."""
        self._note(hashed)
        self.seen.pop(hashed, None)
        with self._explaining():
            atomic_write(f"{self._root}/{hashed}", data)

    def copy(self, hashed: str, source: str) -> None:
        """Copy a source as it is. Errors: as write."""
        self._note(hashed)
        self.seen.pop(hashed, None)
        with self._explaining():
            atomic_copy(source, f"{self._root}/{hashed}")

    def commit(self, data: bytes, others: Mapping[str, bytes]) -> dict[str, tuple[str, int]]:
        """Write the other manifests, then ours (``data``), atomically and last.

        Returns sha256 and size of the others.
        """
        known: dict[str, tuple[str, int]] = {}
        with self._explaining():
            for name, other in sorted(others.items()):
                known[name] = (sha256_hex(other), len(other))
                if not self.has(name, *known[name]):
                    atomic_write(self.path / name, other, is_durable=self._is_durable)
            if not self.has(MANIFEST_NAME, sha256_hex(data), len(data)):
                atomic_write(self.path / MANIFEST_NAME, data, is_durable=self._is_durable)
        self._created.clear()
        return known

    def give_up(self) -> None:
        """Remove what this build created, so that the folder is as it was."""
        self.remove(self._created)
        self._created.clear()

    def remove(self, names: Iterable[str]) -> int:
        """Remove files by hashed path, and folders that this empties; return how many went."""
        count = 0
        folders: set[str] = set()
        for name in names:
            with contextlib.suppress(OSError):
                os.unlink(self.path / name)
                count += 1
            folders.add(os.path.dirname(name))
        for folder in sorted(folders, key=len, reverse=True):
            at = folder
            while at:
                try:
                    os.rmdir(self.path / at)
                except OSError:
                    break
                at = os.path.dirname(at)
        return count

    def stat_folders(self, folders: Iterable[str]) -> dict[str, Json]:
        """Return the times of folders below the output: they change when an entry comes or goes."""
        found: dict[str, Json] = {}
        for name in sorted(folders):
            with contextlib.suppress(OSError):
                found[name] = os.stat(self.path / name).st_mtime_ns
        return found

    def remove_temporaries(self) -> None:
        """Remove the temporary files of builds that were killed; call under the lock."""
        for found in list(walk_files(self.path)):
            if found.relative.rpartition("/")[2].startswith(TEMPORARY_PREFIX):
                with contextlib.suppress(OSError):
                    os.unlink(found.path)

    def _note(self, hashed: str) -> None:
        self.has_begun = True
        if not os.path.lexists(f"{self._root}/{hashed}"):
            self._created.append(hashed)

    def _explaining(self) -> AbstractContextManager[None]:
        return explain_write_errors(self._display)


@contextlib.contextmanager
def explain_write_errors(display: str) -> Iterator[None]:
    """Turn an OSError of writing below a folder into a diagnostic with what to do."""
    try:
        yield
    except OSError as failure:
        if failure.errno in (errno.ENOSPC, errno.EDQUOT):
            raise AssetbuildError(
                error(
                    "output/disk-full",
                    f'cannot write to "{display}": the disk is full',
                    hint="free some space (assetbuild cache prune may help) and build again",
                )
            ) from failure
        raise AssetbuildError(
            error(
                "output/unwritable",
                f'cannot write to "{display}": {failure.strerror}',
                hint="make the folder writable, or choose another with --output",
            )
        ) from failure
