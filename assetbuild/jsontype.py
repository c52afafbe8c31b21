"""A JSON (or TOML) value: its type, and reading one where such values enter."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def parse_json(data: bytes | str) -> Any:  # Any: the border itself
    """Return the value of a document. Errors: ValueError, also for one that is nested too deeply."""
    try:
        return json.loads(data)
    except RecursionError:
        # the standard library recurses once for each bracket
        raise ValueError("it is nested too deeply") from None
