"""References in any text: find them, and write others in their place.

In: the text of an artifact and its media type. Out: sorted spans; a new text with the edits that
its source map needs. Refuses to know: which file a reference resolves to (resolve.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assetbuild.assets.syntax.reference import Edit, Reference, apply_edits, spell_replacement

# each finder's tokenizer is loaded with the first text of its kind: a build of one changed file
# needs one of them


def _find_in_css(text: str) -> tuple[Reference, ...]:
    from assetbuild.assets.syntax.css_references import find_css_references

    return find_css_references(text)


def _find_in_js(text: str) -> tuple[Reference, ...]:
    from assetbuild.assets.syntax.js_references import find_js_references

    return find_js_references(text)


def _find_in_webmanifest(text: str) -> tuple[Reference, ...]:
    from assetbuild.assets.syntax.json_references import find_webmanifest_references

    return find_webmanifest_references(text)


def _find_in_html(text: str) -> tuple[Reference, ...]:
    from assetbuild.assets.syntax.html_references import find_html_references

    return find_html_references(text)


def _find_in_svg(text: str) -> tuple[Reference, ...]:
    from assetbuild.assets.syntax.svg_references import find_svg_references

    return find_svg_references(text)


_FINDERS: Mapping[str, Callable[[str], tuple[Reference, ...]]] = {
    "text/css": _find_in_css,
    "text/javascript": _find_in_js,
    "text/html": _find_in_html,
    "application/xhtml+xml": _find_in_html,
    "image/svg+xml": _find_in_svg,
    "application/manifest+json": _find_in_webmanifest,
}


def has_references(media_type: str) -> bool:
    """Tell whether files of the media type can name other files."""
    return media_type in _FINDERS


def find_references(text: str, media_type: str) -> tuple[Reference, ...]:
    """Return every reference of a text, in order, never overlapping.

    External URLs are returned too (see urls.is_local); ``url(#id)`` and data URIs are not.
    """
    finder = _FINDERS.get(media_type)
    return finder(text) if finder is not None else ()


def find_map_comment(text: str, media_type: str) -> Reference | None:
    """Return the comment by which a text names its source map, also one that holds the map itself.

    Scripts and what comments like them; all else is taken for a kind of CSS.
    """
    if media_type == "text/javascript":
        from assetbuild.assets.syntax.js_references import find_js_map

        return find_js_map(text)
    from assetbuild.assets.syntax.css_references import find_css_map

    return find_css_map(text)


def rewrite_references(
    text: str, replacements: Sequence[tuple[Reference, str]]
) -> tuple[str, tuple[Edit, ...]]:
    """Return the text with each reference naming its new URL, and the edits in order.

    The new URLs may be anything; each is spelt as its place demands.
    """
    if not replacements:
        return text, ()
    edits = tuple(
        Edit(one.start, one.end, spell_replacement(one, url, text[one.start : one.end]))
        for one, url in sorted(replacements, key=lambda pair: pair[0].start)
    )
    return apply_edits(text, edits), edits
