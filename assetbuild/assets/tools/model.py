"""The values of the tool store: what a compiler is and where it lies.

In: nothing. Out: frozen values. Refuses to know: registries, disks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A compiler that is there."""

    name: str  # as the lock names it: "typescript", "coffeescript-1"
    version: str  # exact
    folder: str  # absolute folder of the unpacked package
    origin: Literal["app", "pinned", "extra"]  # app's node_modules, our lock, a Python package
