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
    if integrity and entry.integrity:
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


def render_picture(
    site: Site,
    name: str,
    *,
    sizes: str | None = None,
    attributes: Mapping[str, object] | None = None,
) -> str:
    """Return a ``picture`` element with every format and width that the build made of a picture.

    Without siblings it is the ``img`` alone; with widths alone an ``img`` with ``srcset``.
    ``sizes`` (default "100vw") is written only where there are widths to choose from. Width and
    height of the picture are written, so that the page does not jump, unless they are given.
    """
    entry = site.find(name)
    by_type = _group_siblings(site, entry)
    own = by_type.pop(entry.media_type, [])
    given = dict(attributes or {})
    img: dict[str, object] = {"src": site.entry_url(entry)}
    if len(own) > 1:
        img |= {"srcset": _srcset(site, own), "sizes": sizes or "100vw"}
    if entry.picture is not None and not {"width", "height"} & given.keys():
        img |= {"width": entry.picture.width, "height": entry.picture.height}
    tag = f"<img{_attributes({**img, 'alt': '', **given})}>"
    if not by_type:
        return tag
    lines = ["<picture>"]
    for media_type, candidates in by_type.items():
        values: dict[str, object] = {"type": media_type, "srcset": _srcset(site, candidates)}
        if len(candidates) > 1:
            values["sizes"] = sizes or "100vw"
        lines.append(f"<source{_attributes(values)}>")
    return "".join([*lines, tag, "</picture>"])


def render_srcset(site: Site, name: str, *, media_type: str | None = None) -> str:
    """Return the value of ``srcset``: the picture and its widths, in its own format or another.

    Empty where the build made no file of ``media_type``.
    """
    entry = site.find(name)
    return _srcset(site, _group_siblings(site, entry).get(media_type or entry.media_type, []))


_Candidate = tuple[int, ManifestEntry]  # width in pixels, 0 where it is not known


def _group_siblings(site: Site, entry: ManifestEntry) -> dict[str, list[_Candidate]]:
    """Return media type -> candidates by width, best format first; the picture itself included."""
    found: dict[str, list[_Candidate]] = {}
    picture = entry.picture
    for one in () if picture is None else picture.siblings:
        other = site.manifest.entries.get(one.logical)
        if other is not None:
            found.setdefault(other.media_type, []).append((one.width, other))
    own = (0 if picture is None else picture.width, entry)
    found.setdefault(entry.media_type, []).append(own)
    return found


def _srcset(site: Site, candidates: Iterable[_Candidate]) -> str:
    listed = list(candidates)
    if len(listed) == 1:
        return site.entry_url(listed[0][1])
    return ", ".join(f"{site.entry_url(one)} {width}w" for width, one in listed)


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
