"""The shapes of --json: what docs/reference/json.md says, and what commands print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/reference/json.md"
KeyPath = tuple[str, ...]
"""Keys from the root; "[]" for the items of a list, "<…>" on the page for any name."""

_ROW = re.compile(r"^\| `([^`]*)` \| (.*) \|$", re.MULTILINE)


def read_page() -> dict[str, dict[KeyPath, str]]:
    """Return command -> documented leaves -> what the page says of them."""
    found: dict[str, dict[KeyPath, str]] = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## assetbuild ")[1:]:
        name, _, text = section.partition("\n")
        found[name] = {_parse(path): meaning for path, meaning in _ROW.findall(text)}
    return found


def _parse(path: str) -> KeyPath:
    """Split "put[].key" at dots and before brackets."""
    return tuple(part for part in re.split(r"\.|(?=\[\])", path) if part)


def list_leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, bool]]:
    """Yield the paths of a document's leaves, and whether each is an empty container or null."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from list_leaves(one, (*path, key))
    elif isinstance(value, list) and value:
        for one in value:
            yield from list_leaves(one, (*path, "[]"))
    else:
        yield path, value is None or value in ({}, [])


def is_match(path: KeyPath, documented: KeyPath, *, is_prefix: bool = False) -> bool:
    """Tell whether a real path is the documented one, or leads to it."""
    if is_prefix:
        documented = documented[: len(path)]
    return len(path) == len(documented) and all(
        mine == theirs or (theirs.startswith("<") and mine != "[]")
        for mine, theirs in zip(path, documented, strict=True)
    )
