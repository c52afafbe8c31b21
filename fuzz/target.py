"""What a fuzz target is, and where its seeds come from.

In: a name, a check. Out: a Target. A check takes any bytes and returns; what it raises is a find. The
errors that a parser documents are caught in the check, and nothing else is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
_MAX_SEED = 4096  # bytes; longer seeds slow every mutation down
_MIN_SEED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser, or several that read the same kind of text."""

    name: str  # as `make fuzz TARGET=` says it
    check: Callable[[bytes], object]  # raises for a find
    tests: tuple[str, ...]  # test files whose literals are seeds
    files: tuple[str, ...] = ()  # globs of files that are seeds
    made: tuple[bytes, ...] = ()  # seeds that are no text
    words: tuple[str, ...] = ()  # what the format's grammar is made of


def list_seeds(target: Target) -> list[bytes]:
    """Return the seeds of a target, each once, sorted."""
    found: set[bytes] = {*target.made, *(word.encode() for word in target.words)}
    for name in target.tests:
        found.update(_literals(ROOT / name))
    for pattern in target.files:
        for path in ROOT.glob(pattern):
            found.add(path.read_bytes()[:_MAX_SEED])
    return sorted(one for one in found if len(one) <= _MAX_SEED)


def _literals(path: Path) -> Iterable[bytes]:
    """Yield the texts and bytes that a test file writes down."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Constant):
            value = node.value
            data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
            if isinstance(data, bytes) and len(data) >= _MIN_SEED:
                yield data


def as_text(data: bytes) -> str:
    """Return fuzzed bytes as the text that a decoded source would be."""
    return data.decode("utf-8", "replace")
