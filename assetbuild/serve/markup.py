"""HTML for assets: tags, preload links, import maps.

In: a Site and names. Out: HTML text, every value escaped. Refuses to know: template languages.
Source: HTML Living Standard (import maps with ``integrity``), W3C Subresource Integrity.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape

from assetbuild.assets.model import ManifestEntry
from assetbuild.media import is_font
from assetbuild.serve.site import Site

_SCRIPTS = frozenset({"text/javascript", "application/javascript"})


def render_asset(
    site: Site,
    name: str,
    *,
    integrity: bool = False,
    preload: bool = False,
    attributes: Mapping[str, object] | None = None,
) -> str:
    """Return the tag that uses an asset: script, stylesheet, img, or a link for anything else.

    ``integrity`` adds the digest and ``crossorigin``; ``preload`` puts a preload link before it.
    An attribute of True is written bare, one of False or None is left out.
    """
    entry = site.find(name)
    given = dict(attributes or {})
    checked: dict[str, object] = {}
    if integrity:
        checked = {"integrity": entry.integrity, "crossorigin": "anonymous"}
    url = site.entry_url(entry)
    is_module = given.get("type") == "module"
    if entry.media_type in _SCRIPTS:
        tag = f"<script{_attributes({'src': url, **checked, **given})}></script>"
    elif entry.media_type == "text/css":
        tag = f"<link{_attributes({'rel': 'stylesheet', 'href': url, **checked, **given})}>"
    elif entry.media_type.startswith("image/"):
        # img has no integrity attribute
        tag = f"<img{_attributes({'src': url, 'alt': '', **given})}>"
    else:
        tag = f"<link{_attributes({'rel': 'prefetch', 'href': url, **checked, **given})}>"
    if not preload:
        return tag
    nonce = {"nonce": given["nonce"]} if "nonce" in given else {}
    return _preload(entry, url, {**checked, **nonce}, is_module=is_module) + "\n" + tag


def _preload(
    entry: ManifestEntry, url: str, checked: Mapping[str, object], *, is_module: bool
) -> str:
    if is_module:
        return f"<link{_attributes({'rel': 'modulepreload', 'href': url, **checked})}>"
    if is_font(entry.media_type):
        # a font is always fetched with CORS: without crossorigin it would be fetched twice
        kind, checked = "font", {"crossorigin": "anonymous", **checked}
    elif entry.media_type in _SCRIPTS:
        kind = "script"
    elif entry.media_type == "text/css":
        kind = "style"
    elif entry.media_type.startswith("image/"):
        kind = "image"
    else:
        kind, checked = "fetch", {"crossorigin": "anonymous", **checked}
    return f"<link{_attributes({'rel': 'preload', 'as': kind, 'href': url, **checked})}>"


def render_importmap(site: Site, *, preload: Iterable[str] = (), nonce: str | None = None) -> str:
    """Return the import map with every module's integrity, and modulepreload links.

    ``preload`` names modules (their names in the map). Errors: ``serve/unknown-asset``.
    """
    modules = _list_modules(site)
    imports = {name: site.entry_url(entry) for name, entry in modules.items()}
    digests = {site.entry_url(entry): entry.integrity for entry in modules.values()}
    document = {"imports": imports, "integrity": dict(sorted(digests.items()))}
    # "</script>" and "<!--" in a name would end or change the script element
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    lines = [f"<script{_attributes({'type': 'importmap', 'nonce': nonce})}>{text}</script>"]
    for name in preload:
        entry = modules.get(name) or site.find(name)
        values = {
            "rel": "modulepreload",
            "href": site.entry_url(entry),
            "integrity": entry.integrity,
            "crossorigin": "anonymous",
            "nonce": nonce,
        }
        lines.append(f"<link{_attributes(values)}>")
    return "\n".join(lines)


def _list_modules(site: Site) -> dict[str, ManifestEntry]:
    scripts = {
        str(logical): entry
        for logical, entry in site.manifest.entries.items()
        if entry.media_type in _SCRIPTS
    }
    if not site.importmap:
        return dict(sorted(scripts.items()))
    found: dict[str, ManifestEntry] = {}
    for name, target in sorted(site.importmap.items()):
        if name.endswith("/") and target.endswith("/"):
            # a folder cannot be mapped as one: each file has its own hash
            for logical, entry in sorted(scripts.items()):
                if logical.startswith(target):
                    found.setdefault(name + logical[len(target) :], entry)
        else:
            found[name] = site.find(target)
    return dict(sorted(found.items()))


def _attributes(values: Mapping[str, object]) -> str:
    parts = []
    for name, value in values.items():
        if value is None or value is False:
            continue
        key = name.rstrip("_").replace("_", "-")
        parts.append(
            f" {escape(key)}" if value is True else f' {escape(key)}="{escape(str(value))}"'
        )
    return "".join(parts)
