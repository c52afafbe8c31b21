"""Minify CSS with rcssmin, guarded where it is known to change the meaning.

In: CSS. Out: CSS that means the same. Refuses to know: files, maps.
"""

from __future__ import annotations

import itertools
import re

from assetbuild.assets.syntax.css_tokens import CssToken, tokenize_css

# rcssmin 1.3 removes white space from urls: url("x y.png") becomes url("xy.png"), and url(\d y.png),
# where it ends an escape, url(\dy.png)
_SPACED_URL = re.compile(
    r"[uU][rR][lL]\(\s*(?:\"[^\"\s]*\s|'[^'\s]*\s|[^\"'\s)]*\\[0-9a-fA-F]{1,6}\s)"
)
_STRING = r"\"[^\"\\\n]*(?:\\[\s\S][^\"\\\n]*)*\"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'"
_URLS = re.compile(
    rf"/\*[^*]*(?:\*(?!/)[^*]*)*\*/|([uU][rR][lL]\()[ \t\n\r\f]*(?:({_STRING})|([^\"'\s)](?:[^)\\]|\\[\s\S])*))|{_STRING}"
)
# and turns the comment of a/**/.b into white space, which makes a descendant of a compound
_TIGHT_COMMENT = re.compile(
    r"(?:[\w\])*-]|[^\x00-\x7f])/\*(?!!)[^*]*\*+(?:[^/*][^*]*\*+)*/[.#:\[/]"
)
# Places where a name character of no meaning makes rcssmin read on as a browser does:
_MISREAD = re.compile(
    # it takes any name that begins with "url" for a url() where a parenthesis closes after it:
    # :not(.urlbox) becomes :not(.urlox)
    r"(?=url(?!\())"
    # it drops the white space after an escaped mark as after a bare one: ".flex\! .a"
    r"|(?<=\\[{}(=:>\[,!])(?=[ \t\n\r\f/])"
    # it takes ">/**" for the hack ">/**/" and drops the byte after it, of a character or not
    r"|(?<=>/\*)(?=\*[^/])"
)
_HELD = re.compile(r'"assetbuild-held-url-(\d+)"')


def minify_css(text: str) -> str:
    """Return the style sheet without what has no meaning; ``/*!`` comments stay."""
    # a compiled library, loaded by those who minify only
    import rcssmin

    text = text.removeprefix("\ufeff")
    if _TIGHT_COMMENT.search(text):
        text = _drop_tight_comments(text)
    held: list[str] = []
    if _SPACED_URL.search(text) and not _HELD.search(text):
        text = _hold_urls(text, held)
    mark = _find_unused(text) if _MISREAD.search(text) else ""
    if mark:
        text = _MISREAD.sub(mark, text)
    minified: str = rcssmin.cssmin(text, keep_bang_comments=True)
    if mark:
        minified = minified.replace(mark, "")
    return _HELD.sub(lambda match: held[int(match[1])], minified) if held else minified


def _find_unused(text: str) -> str:
    """Return a name character that is not in the text: of Latin-1, or left to private use."""
    # a wider one than the text has makes all of it two or four times as large
    if text.isascii():
        return "\xff"
    private = itertools.chain(range(0xF8FF, 0xDFFF, -1), range(0x10FFFD, 0, -1))
    return next(chr(code) for code in private if chr(code) not in text)


def _hold_urls(text: str, held: list[str]) -> str:
    """Return the text with urls that hold white space replaced by ones without."""

    def hold(match: re.Match[str]) -> str:
        body = match[2] or match[3]
        if body is None or not any(one in body for one in " \t\f"):
            return match[0]
        if match[3] is not None and "\\" not in body:
            return match[0]  # white space around an unquoted url is none of it
        held.append(body)
        return f'{match[1]}"assetbuild-held-url-{len(held) - 1}"'

    return _URLS.sub(hold, text)


def _drop_tight_comments(text: str) -> str:
    tokens = list(tokenize_css(text))
    return "".join(
        text[start:end]
        for index, (kind, start, end) in enumerate(tokens)
        if kind != "comment" or not _is_tight(text, tokens, index)
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
