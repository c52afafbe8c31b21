"""Logical paths: the names of assets as an app writes them.

In: text from a file system, a manifest or a reference. Out: a LogicalPath, or an error.
Refuses to know: roots, disks, URLs.
"""

from __future__ import annotations

import posixpath
import unicodedata
from typing import NewType

from assetbuild.diagnostics import AssetbuildError, error

LogicalPath = NewType("LogicalPath", str)
"""Posix, relative, normalised, NFC, never empty, never with ``.`` or ``..`` parts."""


def parse_logical(text: str) -> LogicalPath:
    """Return the normalised logical path that ``text`` names.

    Back-slashes are kept: they are legal in names. Errors: ``path/invalid`` for an empty,
    absolute or escaping path, and for NUL.
    """
    parsed = try_logical(text)
    if parsed is None:
        raise AssetbuildError(
            error(
                "path/invalid",
                f'"{text}" is not a path inside the project',
                hint="write a relative path without .. at its start",
            )
        )
    return parsed


def try_logical(text: str) -> LogicalPath | None:
    """Return the logical path of ``text``, or None where parse_logical would refuse it."""
    if not text or text.startswith("/") or "\0" in text:
        return None
    normal = posixpath.normpath(text)
    if normal in {".", ".."} or normal.startswith("../"):
        return None
    return LogicalPath(unicodedata.normalize("NFC", normal))


def join_logical(folder: str, relative: str) -> LogicalPath | None:
    """Resolve ``relative`` against a logical folder ("" is the root); None when it escapes."""
    if relative.startswith("/"):
        return try_logical(relative.lstrip("/"))
    return try_logical(posixpath.join(folder, relative))


def relative_url_path(target: str, start_folder: str) -> str:
    """Return the posix path that leads from a logical folder ("" is the root) to a target."""
    return posixpath.relpath(target, start_folder or ".")
