"""Diagnostics as JSON rows, for the cache and the state, where they are replayed from.

In: a Diagnostic. Out: a row, and the Diagnostic again.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from assetbuild.diagnostics import Diagnostic, Location, Severity
from assetbuild.jsontype import Json


def pack_diagnostic(item: Diagnostic) -> Json:
    """Return the JSON form of a diagnostic that unpack_diagnostic reads."""
    where = None if item.location is None else dataclasses.asdict(item.location)
    return [item.severity.value, item.code, item.message, where, item.hint]


def unpack_diagnostic(row: Any) -> Diagnostic:
    """Return the diagnostic of pack_diagnostic's form."""
    severity, code, message, where, hint = row
    return Diagnostic(
        severity=Severity(severity),
        code=code,
        message=message,
        location=None if where is None else Location(**where),
        hint=hint,
    )
