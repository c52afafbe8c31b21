"""How a configuration section is declared: frozen dataclasses whose fields are settings.

Each field carries its default and its documentation; the loader, ``assetbuild config`` and
docs/reference/configuration.md are all derived from these declarations.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, field, fields
from typing import Any

from assetbuild.config.forms import Form

Origin = str
"""Where a value came from: "default", or "assetbuild.toml:12:5"."""


LARGEST = 1_000_000_000
"""No whole number of a configuration is larger: of any unit, what is more is a slip of the hand."""


def setting(  # Any: as dataclasses.field
    default: Any,
    doc: str,
    *,
    example: str = "",
    least: int = 0,
    most: int = LARGEST,
    form: Form | None = None,
) -> Any:
    """Declare a setting with a default; ``doc`` is one sentence, ``example`` a TOML value.

    ``least`` and ``most`` bound a whole number, or each of a list; ``form`` is that of a text, or of
    each of a list.
    """
    metadata = {
        "doc": doc,
        "example": example,
        "least": least,
        "most": most,
        "form": form,
    }
    if isinstance(default, (dict, list)):
        return field(default_factory=default.copy, metadata=metadata)
    return field(default=default, metadata=metadata)


def section(factory: type, doc: str) -> Any:  # Any: as dataclasses.field
    """Declare a nested table whose absence means its defaults."""
    return field(default_factory=factory, metadata={"doc": doc, "example": ""})


def required(  # Any: as dataclasses.field
    doc: str, *, example: str = "", form: Form | None = None
) -> Any:
    """Declare a setting that must be written."""
    return field(metadata=setting(None, doc, example=example, form=form).metadata)


def is_required(one: Field[Any]) -> bool:
    """Tell whether a field has no default."""
    return one.default is MISSING and one.default_factory is MISSING


def setting_fields(kind: type) -> tuple[Field[Any], ...]:
    """Return the fields of a section that a configuration file may set, in declared order."""
    return tuple(one for one in fields(kind) if "doc" in one.metadata)


def toml_name(field_name: str) -> str:
    """Return the key a user writes for a field: ``load_paths`` is written ``load-paths``.

    Both spellings are read; the hyphen is what documentation and messages show. A trailing
    underscore, which keeps Python's keywords apart, is dropped.
    """
    return field_name.rstrip("_").replace("_", "-")
