"""Join SVG icons to one file of symbols: ids kept apart, viewBox kept, nothing that can act.

In: SVG files by name. Out: one SVG of ``<symbol id="name">`` for ``<use href="icons.svg#name">``.
Document types are refused before anything is parsed: that is where entities, and the billion
laughs, live. Source: https://www.w3.org/TR/SVG2/struct.html#SymbolElement.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass

from assetbuild.assets.sprites.identifier import escape_identifier
from assetbuild.assets.syntax.css_tokens import unescape_css
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error

SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_KEPT_SPACES = {SVG, _XLINK, "http://www.w3.org/XML/1998/namespace"}
_DOCTYPE = re.compile(r"<!DOCTYPE\s+svg\s+PUBLIC\s+\"[^\"\[<>]*\"\s+\"[^\"\[<>]*\"\s*>")
_ACTIVE = {"script", "foreignObject", "iframe", "embed", "object", "handler", "listener"}
_DROPPED = {"metadata", "title", "desc"}
_URL_ID = re.compile(r"url\(\s*(['\"]?)#([^)'\"]+)\1\s*\)")
_OUTSIDE_URL = re.compile(r"url\(\s*['\"]?(?!#|['\"]|data:image/)|@import", re.IGNORECASE)
_NUMBER = re.compile(r"\s*([0-9.]+)(?:px)?\s*\Z")
# attributes of the root that its children inherit
_INHERITED = re.compile(r"(?:fill|stroke|color|opacity|clip-rule|font|text|stop|style|class)")
_ID_REFERRING = {"href", "begin", "end"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SvgIcon:
    """One file to join."""

    name: str  # id of its symbol
    file: str  # as messages show it
    data: bytes  # UTF-8 text


def join_symbols(icons: Mapping[str, SvgIcon]) -> str:
    """Return the file of symbols, sorted by name.

    Errors, all files' at once: ``sprite/unsafe-svg``, ``picture/damaged``.
    """
    problems: list[Diagnostic] = []
    root = ET.Element(f"{{{SVG}}}svg")
    root.text = "\n"
    for name, icon in sorted(icons.items()):
        try:
            symbol = _make_symbol(icon)
        except RecursionError:
            problems.append(
                error(
                    "picture/damaged",
                    f'"{icon.file}" is nested too deeply to be read',
                    location=Location(file=icon.file),
                )
            )
            continue
        except AssetbuildError as failure:
            problems.extend(failure.diagnostics)
            continue
        symbol.set("id", name)
        symbol.tail = "\n"
        root.append(symbol)
    if problems:
        raise AssetbuildError(*problems)
    return _serialise(root)


def parse_svg(data: bytes, *, file: str) -> ET.Element:
    """Parse an SVG that can neither expand nor fetch anything.

    Errors: ``picture/damaged``, ``sprite/unsafe-svg`` (a document type with a subset or entities).
    """
    where = Location(file=file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise AssetbuildError(
            error("picture/damaged", f'"{file}" is not UTF-8', location=where)
        ) from failure
    # the public document type of old editors is harmless once it is gone
    text = _DOCTYPE.sub("", text, count=1)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise AssetbuildError(
            error(
                "sprite/unsafe-svg",
                f'"{file}" declares entities or a document type',
                location=where,
                hint="export it as plain SVG",
            )
        )
    # an encoding in the declaration would be for the bytes, which are text by now
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)
    try:
        root = ET.fromstring(text)
    except ET.ParseError as failure:
        line, column = failure.position
        raise AssetbuildError(
            error(
                "picture/damaged",
                f'"{file}" is not XML: {failure}',
                location=Location(file=file, line=line, column=column + 1),
            )
        ) from failure
    if root.tag not in {f"{{{SVG}}}svg", "svg"}:
        raise AssetbuildError(
            error("picture/wrong-type", f'"{file}" is XML, but no SVG', location=where)
        )
    return root


def _make_symbol(icon: SvgIcon) -> ET.Element:
    root = parse_svg(icon.data, file=icon.file)
    _refuse_active(root, icon.file)
    ids = {one.get("id"): f"{icon.name}--{one.get('id')}" for one in root.iter() if one.get("id")}
    if root.get("id"):
        ids[root.get("id")] = icon.name
    symbol = ET.Element(f"{{{SVG}}}symbol")
    view_box = root.get("viewBox") or _view_box_of(root)
    if view_box is not None:
        symbol.set("viewBox", " ".join(view_box.replace(",", " ").split()))
    if root.get("preserveAspectRatio"):
        symbol.set("preserveAspectRatio", root.get("preserveAspectRatio", ""))
    for name, value in root.attrib.items():
        if _INHERITED.match(name):
            symbol.set(name, value)
    symbol.extend(list(root))
    symbol.text = root.text
    _clean(symbol)
    for one in symbol.iter():
        _rename(one, ids)
        if one.tag == f"{{{SVG}}}style" and one.text:
            one.text = _scope_rules(one.text, icon.name)
    return symbol


def _scope_rules(text: str, name: str) -> str:
    """Keep an icon's style rules to its own symbol: editors name classes alike in every file."""
    own = "#" + escape_identifier(name)

    def scope(match: re.Match[str]) -> str:
        selectors = match.group(2).split(",")
        return match.group(1) + ",".join(f"{own} {one.strip()}" for one in selectors) + "{"

    plain = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).strip()
    return re.sub(r"(^|[{}])\s*([^@{}]+?)\s*\{", scope, plain)


def _view_box_of(root: ET.Element) -> str | None:
    """Return the viewBox that a root with a width and a height alone means."""
    sizes = [_NUMBER.match(root.get(name, "")) for name in ("width", "height")]
    if not all(sizes):
        return None
    return "0 0 " + " ".join(one.group(1) for one in sizes if one)


def _local(name: str) -> tuple[str, str]:
    """Return the namespace and the local name; an element without one counts as SVG."""
    if name.startswith("{"):
        space, _, local = name[1:].partition("}")
        return space, local
    return SVG, name


def _refuse_active(root: ET.Element, file: str) -> None:
    found: list[str] = []
    for one in root.iter():
        local = _local(one.tag)[1]
        if local in _ACTIVE:
            found.append(f"<{local}>")
        for name, value in one.attrib.items():
            attribute = _local(name)[1]
            plain = "".join(value.split()).lower()
            if attribute.lower().startswith("on") or "javascript:" in plain:
                found.append(attribute)
            elif attribute == "href" and not plain.startswith(("#", "data:image/")):
                found.append(f'href="{value[:60]}"')
            elif attribute in {"attributeName"} and plain in {"href", "xlink:href"}:
                found.append("an animated href")
            elif _OUTSIDE_URL.search(unescape_css(value)):
                found.append(f'{attribute}="{value[:60]}"')
        if local == "style" and one.text and _OUTSIDE_URL.search(unescape_css(one.text)):
            found.append("<style> that names another file")
    if found:
        raise AssetbuildError(
            error(
                "sprite/unsafe-svg",
                f'"{file}" has what an icon must not: {", ".join(sorted(set(found)))}',
                location=Location(file=file),
                hint="remove it; an icon draws and does nothing else",
            )
        )


def _clean(element: ET.Element) -> None:
    """Remove editors' data, descriptions and white space between elements."""
    for name in list(element.attrib):
        space, local = _local(name)
        if (name.startswith("{") and space not in _KEPT_SPACES) or (
            space == "http://www.w3.org/XML/1998/namespace" and local != "space"
        ):
            del element.attrib[name]
    keeps_text = isinstance(element.tag, str) and _local(element.tag)[1] in {
        "text",
        "tspan",
        "textPath",
        "style",
    }
    for child in list(element):
        is_dropped = not isinstance(child.tag, str)
        if not is_dropped:
            space, local = _local(child.tag)
            is_dropped = space != SVG or local in _DROPPED
        if is_dropped:
            element.remove(child)
            continue
        child.tag = f"{{{SVG}}}{_local(child.tag)[1]}"
        _clean(child)
        if not keeps_text:
            child.tail = None
    if not keeps_text:
        element.text = None


def _rename(element: ET.Element, ids: Mapping[str | None, str]) -> None:
    def replace(match: re.Match[str]) -> str:
        return f"url(#{ids.get(match.group(2), match.group(2))})"

    for name, value in list(element.attrib.items()):
        local = _local(name)[1]
        if local == "id" and value in ids:
            element.set(name, ids[value])
        elif local in _ID_REFERRING:
            if value.startswith("#"):
                element.set(name, "#" + ids.get(value[1:], value[1:]))
            elif local != "href":
                element.set(name, _rename_timing(value, ids))
        elif local in {"aria-labelledby", "aria-describedby"}:
            element.set(name, " ".join(ids.get(one, one) for one in value.split()))
        elif "url(" in value:
            element.set(name, _URL_ID.sub(replace, value))
    if element.tag == f"{{{SVG}}}style" and element.text:
        text = _URL_ID.sub(replace, element.text)
        element.text = re.sub(
            r"#([A-Za-z_][\w-]*)(?=[^{};]*\{)",
            lambda match: "#" + ids.get(match.group(1), match.group(1)),
            text,
        )


def _rename_timing(value: str, ids: Mapping[str | None, str]) -> str:
    return re.sub(
        r"([A-Za-z_][\w-]*)(?=\.(?:begin|end|click))",
        lambda match: ids.get(match.group(1), match.group(1)),
        value,
    )


def _serialise(root: ET.Element) -> str:
    """Return the text; SVG is the default namespace, so that tags stay short."""
    text = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    prefixes = {uri: prefix for prefix, uri in re.findall(r'xmlns:(\w+)="([^"]*)"', text)}
    svg = prefixes.get(SVG)
    if svg is not None:
        text = text.replace(f"<{svg}:", "<").replace(f"</{svg}:", "</")
        text = text.replace(f'xmlns:{svg}="', 'xmlns="', 1)
    xlink = prefixes.get(_XLINK)
    if xlink is not None:
        # href without a namespace means the same since SVG 2, and every browser reads it
        text = text.replace(f' xmlns:{xlink}="{_XLINK}"', "", 1).replace(
            f" {xlink}:href=", " href="
        )
    return text.replace(" />", "/>") + "\n"
