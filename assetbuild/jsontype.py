"""The type of a JSON (or TOML) value, for the borders where such values enter."""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
