"""A private folder that lasts as long as a block.

In: a prefix, perhaps a parent. Out: an empty folder, removed with all below it.
"""

from __future__ import annotations

import contextlib
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
