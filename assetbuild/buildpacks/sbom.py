"""The bill of materials of what a slug carries for the release phase, and its notices.

In: components. Out: a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/) and a text.
No time, no random number and no path of the machine is in either: the same components, the same bytes.
Refuses to know: how the components were found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from assetbuild.jsontype import Json

SPEC_VERSION = "1.6"
# ids that the specification lists (SPDX) and that our components are under; others are names
_SPDX_IDS = frozenset({"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "PSF-2.0"})
_SAFE = "~:/"  # what a version in a purl may hold unescaped


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Something of others, or assetbuild itself, that lies in the slug."""

    name: str  # "botocore", "libssl3"
    version: str  # as its makers write it; "" when it is not known
    kind: Literal["application", "library", "platform"]  # the type that CycloneDX gives it
    purl: str | None  # https://github.com/package-url/purl-spec; None: nothing identifies it
    licence: str | None  # SPDX id, expression or a name; None: see its file
    licence_files: tuple[str, ...] = ()  # paths below the runtime's folder, sorted
    files: tuple[tuple[str, str], ...] = ()  # path below the runtime's folder, sha256; sorted


def make_pypi_purl(name: str, version: str) -> str:
    """Return the package URL of a distribution of PyPI."""
    return f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{quote(version, safe=_SAFE)}"


def make_deb_purl(vendor: str, name: str, version: str, architecture: str) -> str:
    """Return the package URL of a Debian package."""
    return f"pkg:deb/{vendor}/{quote(name)}@{quote(version, safe=_SAFE)}?arch={architecture}"


def render_sbom(root: Component, components: Iterable[Component]) -> str:
    """Return the document; ``root`` is what the others serve."""
    listed = sorted(components, key=lambda one: (one.name, one.version, one.purl or ""))
    document: dict[str, Json] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": {"component": _describe(root)},
        "components": [_describe(one) for one in listed],
        "dependencies": [
            {"ref": _ref(root), "dependsOn": [*dict.fromkeys(_ref(one) for one in listed)]},
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _ref(one: Component) -> str:
    return one.purl or f"{one.name}@{one.version}"


def _describe(one: Component) -> Json:
    fields: dict[str, Json] = {"type": one.kind, "bom-ref": _ref(one), "name": one.name}
    if one.version:
        fields["version"] = one.version
    if one.purl is not None:
        fields["purl"] = one.purl
    if one.licence is not None:
        what = "id" if one.licence in _SPDX_IDS else "name"
        fields["licenses"] = [{"license": {what: one.licence}}]
    if one.files:
        fields["components"] = [
            {
                "type": "file",
                "bom-ref": f"{_ref(one)}#{path}",
                "name": path,
                "hashes": [{"alg": "SHA-256", "content": sha256}],
            }
            for path, sha256 in one.files
        ]
    return fields


def render_notices(components: Sequence[Component]) -> str:
    """Return the text that names every component, its licence, and where that lies in the slug."""
    lines = [
        "What this slug carries for its release phase, besides the app and what its packs installed.",
        "Paths are below this folder.",
    ]
    for one in sorted(components, key=lambda one: (one.name, one.version)):
        lines += ["", " ".join(part for part in (one.name, one.version) if part)]
        lines.append(f"  licence: {one.licence or 'see its file'}")
        lines += [f"  {path}" for path in one.licence_files]
    return "\n".join(lines) + "\n"
