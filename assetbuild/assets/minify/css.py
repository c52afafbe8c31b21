"""Minify CSS with rcssmin, guarded where it is known to change the meaning.

In: CSS. Out: CSS that means the same. Refuses to know: files, maps.
"""

from __future__ import annotations

import re

from assetbuild.assets.syntax.css_tokens import CssToken, tokenize_css

# rcssmin 1.3 removes white space from quoted urls: url("x y.png") becomes url("xy.png")
_SPACED_URL = re.compile(r"[uU][rR][lL]\(\s*(?:\"[^\"\s]*\s|'[^'\s]*\s)")
# and turns the comment of a/**/.b into white space, which makes a descendant of a compound
_TIGHT_COMMENT = re.compile(r"[\w\])*-]/\*(?!!)[^*]*\*+(?:[^/*][^*]*\*+)*/[.#:\[/]")
_PLACEHOLDER = "assetbuild-held-url-"


def minify_css(text: str) -> str:
    """Return the style sheet without what has no meaning; ``/*!`` comments stay."""
    # a compiled library, loaded by those who minify only
    import rcssmin

    held: list[str] = []
    if _SPACED_URL.search(text) or _TIGHT_COMMENT.search(text):
        text = _guard(text, held)
    minified: str = rcssmin.cssmin(text.removeprefix("\ufeff"), keep_bang_comments=True)
    for index, string in enumerate(held):
        minified = minified.replace(f'"{_PLACEHOLDER}{index}"', string)
    return minified


def _guard(text: str, held: list[str]) -> str:
    """Return the text with quoted urls held back and comments inside of compounds removed."""
    tokens = list(tokenize_css(text))
    pieces: list[str] = []
    for index, (kind, start, end) in enumerate(tokens):
        if kind == "comment" and _is_tight(text, tokens, index):
            continue
        if kind == "string" and _is_url_argument(text, tokens, index):
            pieces.append(f'"{_PLACEHOLDER}{len(held)}"')
            held.append(text[start:end])
        else:
            pieces.append(text[start:end])
    return "".join(pieces)


def _is_url_argument(text: str, tokens: list[CssToken], index: int) -> bool:
    before = tokens[index - 1] if index else None
    if before is not None and before.kind == "space" and index > 1:
        before = tokens[index - 2]
    return (
        before is not None
        and before.kind == "function"
        and text[before.start : before.end].lower() == "url("
    )


def _is_tight(text: str, tokens: list[CssToken], index: int) -> bool:
    """Tell whether a comment stands within a compound selector: dropping it joins no two tokens."""
    if text.startswith("/*!", tokens[index].start):
        return False
    left, right = index - 1, index + 1
    while left >= 0 and tokens[left].kind == "comment":
        left -= 1
    while right < len(tokens) and tokens[right].kind == "comment":
        right += 1
    if left < 0 or right >= len(tokens):
        return False
    before, after = tokens[left], tokens[right]
    return (before.kind in {"ident", "hash"} or text[before.start : before.end] in "])*") and (
        after.kind == "hash" or text[after.start : after.end] in {".", ":", "["}
    )
