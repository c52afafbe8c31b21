"""Manifests of other tools, made from ours, so that their stock readers find our outputs.

In: a Manifest and, for tools that key by source, the source of each output. Out: a file name below
the output folder and its bytes; sorted, with no time inside.
Refuses to know: disks, configuration.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.paths import LogicalPath


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignContext:
    """What the forms need beside the manifest."""

    url: str = "/"  # URL of the output folder, with a final slash: the webpack form has whole paths
    # output -> the source it was made of, where that has another name: "js/app.js" -> "js/app.ts"
    sources: Mapping[LogicalPath, str] = field(default_factory=dict)


def render_foreign(form: str, manifest: Manifest, context: ForeignContext) -> tuple[str, bytes]:
    """Return (name below the output folder, bytes) of a form; KeyError for an unknown one."""
    entries = sorted(manifest.entries.values(), key=lambda one: one.logical)
    name, document = _FORMS[form](entries, context)
    return name, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _render_django(
    entries: list[ManifestEntry], _context: ForeignContext
) -> tuple[str, dict[str, object]]:
    # django/contrib/staticfiles/storage.py, ManifestFilesMixin, version 1.1: the hash of the
    # whole is the first 12 digits of the md5 of the sorted pairs
    paths = {entry.logical: entry.hashed for entry in entries}
    pairs = json.dumps(sorted(paths.items())).encode()
    digest = hashlib.md5(pairs, usedforsecurity=False).hexdigest()[:12]
    return "staticfiles.json", {"paths": paths, "version": "1.1", "hash": digest}


def _render_vite(
    entries: list[ManifestEntry], context: ForeignContext
) -> tuple[str, dict[str, object]]:
    # https://vite.dev/guide/backend-integration: keyed by source; scripts list the chunks they
    # import and the style sheets and files they need
    by_logical = {entry.logical: entry for entry in entries}
    document: dict[str, object] = {}
    for entry in entries:
        if entry.media_type == "application/json" and entry.logical.endswith(".map"):
            continue
        source = context.sources.get(entry.logical) or entry.logical
        value: dict[str, object] = {"file": entry.hashed, "src": source}
        references = [by_logical[one] for one in entry.references if one in by_logical]
        if entry.media_type == "text/javascript":
            value["name"] = posixpath.splitext(posixpath.basename(entry.logical))[0]
            value["isEntry"] = True
            imports = [
                context.sources.get(one.logical) or one.logical
                for one in references
                if _is_script(one)
            ]
            if imports:
                value["imports"] = imports
            styles = [one.hashed for one in references if one.media_type == "text/css"]
            if styles:
                value["css"] = styles
        elif entry.media_type == "text/css":
            value["isEntry"] = True
        files = [
            one.hashed
            for one in references
            if not _is_script(one) and one.media_type not in {"text/css", "application/json"}
        ]
        if files:
            value["assets"] = files
        document[source] = value
    return ".vite/manifest.json", document


def _is_script(entry: ManifestEntry) -> bool:
    return entry.media_type == "text/javascript"


def _render_sprockets(
    entries: list[ManifestEntry], _context: ForeignContext
) -> tuple[str, dict[str, object]]:
    # sprockets/lib/sprockets/manifest.rb. Its reader takes the first file that matches
    # .sprockets-manifest-<32 hex digits>.json, so one fixed name never leaves an old one beside it;
    # mtime is only read by its `clean`, and a build has no time inside
    files = {
        entry.hashed: {
            "logical_path": entry.logical,
            "mtime": "1970-01-01T00:00:00+00:00",
            "size": entry.size,
            "digest": entry.sha256,
            "integrity": entry.integrity,
        }
        for entry in sorted(entries, key=lambda one: one.hashed)
    }
    assets = {entry.logical: entry.hashed for entry in entries}
    name = hashlib.sha256(b"assetbuild").hexdigest()[:32]
    return f".sprockets-manifest-{name}.json", {"files": files, "assets": assets}


def _render_propshaft(
    entries: list[ManifestEntry], _context: ForeignContext
) -> tuple[str, dict[str, object]]:
    # propshaft/lib/propshaft/manifest.rb: the simple form, which every version reads
    return ".manifest.json", {entry.logical: entry.hashed for entry in entries}


def _render_webpack(
    entries: list[ManifestEntry], context: ForeignContext
) -> tuple[str, dict[str, object]]:
    # webpack-manifest-plugin's flat form; not under its default name, which is ours
    document: dict[str, object] = {one.logical: context.url + one.hashed for one in entries}
    return "asset-manifest.json", document


_FORMS: Mapping[
    str, Callable[[list[ManifestEntry], ForeignContext], tuple[str, dict[str, object]]]
] = {
    "django": _render_django,
    "propshaft": _render_propshaft,
    "sprockets": _render_sprockets,
    "vite": _render_vite,
    "webpack": _render_webpack,
}

FORMS = tuple(_FORMS)
