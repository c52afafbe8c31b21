"""A private folder that lasts as long as a block.

In: a prefix, perhaps a parent. Out: a folder, removed with all below it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from assetbuild.trees import remove_tree


@contextlib.contextmanager
def temporary_folder(prefix: str, *, parent: Path | str | None = None) -> Iterator[Path]:
    """Make a private folder and remove it with all below it when the block ends."""
    import tempfile  # loads the random numbers' modules, which most commands never need

    folder = tempfile.mkdtemp(prefix=prefix, dir=parent)
    try:
        yield Path(folder)
    finally:
        remove_tree(folder)


class FolderEndedError(Exception):
    """A promised folder is about to be removed: nothing may be written there any more."""


class PromisedFolder:
    """A folder that who writes there first makes, perhaps in another thread."""

    def __init__(self, path: Path) -> None:
        self.path = path  # where it will be
        self._lock = threading.Lock()
        self._is_ended = False

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Write inside the block; the folder is not removed meanwhile. Errors: FolderEndedError."""
        with self._lock:
            if self._is_ended:
                raise FolderEndedError
            yield

    def end(self) -> None:
        """Remove the folder, if it came to be, and let nobody make it again."""
        with self._lock:
            self._is_ended = True
            remove_tree(self.path)


@contextlib.contextmanager
def promised_folder(prefix: str) -> Iterator[PromisedFolder]:
    """Name a private folder without making it; where it came to be it is removed after the block."""
    import tempfile

    # nobody can guess the name, and so make it first in a folder that is open to all
    folder = PromisedFolder(Path(tempfile.gettempdir(), f"{prefix}{os.urandom(8).hex()}"))
    try:
        yield folder
    finally:
        folder.end()
