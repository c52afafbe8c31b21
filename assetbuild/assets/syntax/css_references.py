"""References in CSS: url(), src(), asset: strings, @import, image-set(), AlphaImageLoader, sourceMappingURL.

In: CSS. Out: sorted references. It scans for the few characters that can begin one and skips the
rest, which is several times quicker than looking at every token (css_tokens); a test holds both
against each other.
Sources: CSS Syntax 3, CSS Values 4 section 5 (url), CSS Cascade 5 section 2 (@import), CSS Images
4 section 2.4 (image-set).
"""

from __future__ import annotations

import re

from assetbuild.assets.syntax.css_tokens import (
    ESCAPE,
    NAME_CHAR,
    URL_OPEN,
    end_css_comment,
    end_css_string,
    end_css_url,
    tokenize_css,
    unescape_css,
)
from assetbuild.assets.syntax.reference import Kind, Reference, is_data_uri

# nothing of this in the text: there is no reference in it. A back-slash may hide a name.
_PREFILTER = re.compile(
    r"[uU][rR][lL]\(|@[iI][mM]|[eE]-[sS][eE][tT]\(|[sS][rR][cC]\(|[aA]geLoader\(|sourceMappingURL|[\"']asset:"
    r"|\\(?=[0-9a-zA-Z])"
)

_NOT_IN_NAME = rf"(?<!{NAME_CHAR}.)(?<![#@].)"
# The first item is a plain set, so that the regex engine runs to the next candidate in C; what
# must not stand before it is asked after it.
_CANDIDATE = re.compile(
    rf"""[/"'@\\uUsSiIaA\-]
    (?:
      (?P<comment>(?<=/)\*)
    | (?P<string>(?<=["']))
    | (?P<url>(?<=[uU]){_NOT_IN_NAME}(?=[rR\\]))
    | (?P<import>(?<=@)[iI][mM][pP][oO][rR][tT](?!{NAME_CHAR}|\\))
    | (?P<prelude>(?<=@)(?i:(?:-[a-z]+-)?document|namespace)(?!{NAME_CHAR}|\\))
    | (?P<src>(?<=[sS]){_NOT_IN_NAME}[rR][cC]\()
    | (?P<set>(?<=[iI]){_NOT_IN_NAME}[mM][aA][gG][eE]-[sS][eE][tT]\()
    | (?P<vendorset>(?<=-){_NOT_IN_NAME}[a-zA-Z]+-[iI][mM][aA][gG][eE]-[sS][eE][tT]\()
    | (?P<filter>(?<=[aA])lpha[iI]mage[lL]oader\()
    | (?P<escape>(?<=\\))
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_URL = re.compile(URL_OPEN)
_SPACE = re.compile(r"[ \t\n\r\f]*")
_SPACE_AND_COMMENTS = re.compile(r"(?:[ \t\n\r\f]+|/\*[^*]*(?:\*(?!/)[^*]*)*\*/)*")
_REST_OF_NAME = re.compile(rf"(?:{ESCAPE}{NAME_CHAR}*)+")
_NAME_CHAR = re.compile(NAME_CHAR)
_MAP = re.compile(r"/\*[#@][ \t]*sourceMappingURL=([^\s'\"*]+)[ \t]*\*/")
_FILTER_SRC = re.compile(
    r"(?i:AlphaImageLoader)\([^()]*?\b(?i:src)\s*=\s*(?P<quote>\\?['\"]?)(?P<url>[^'\"(),\s\\]+)"
    r"(?P=quote)"
)
_FILTER_PROPERTY = re.compile(r"filter\s*:\s*\Z")


def find_css_references(text: str) -> tuple[Reference, ...]:
    """Return the references of a style sheet, in order."""
    if _PREFILTER.search(text) is None:
        return ()
    return _Scan(text).run()


def find_css_map(text: str) -> Reference | None:
    """Return the comment that names the map of a style sheet, a data URI too: its last token."""
    at = text.rfind("sourceMappingURL=")
    start = text.rfind("/*", 0, at) if at >= 0 else -1
    match = _MAP.match(text, start) if start >= 0 else None
    if match is None or _skip(text, match.end()) < len(text):
        return None
    return Reference(match.start(1), match.end(1), match.group(1), "source-map", "comment")


class _Scan:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: list[Reference] = []
        self._map: Reference | None = None  # the last sourceMappingURL comment
        self._map_end = 0

    def run(self) -> tuple[Reference, ...]:
        text = self._text
        search = _CANDIDATE.search
        at = 0
        while (match := search(text, at)) is not None:
            kind = match.lastgroup
            start = match.start()
            if kind == "comment":
                at = self._take_comment(start)
            elif kind == "string":
                at = self._take_string(start)
            elif kind == "url":
                at = self._take_url(start, "url")
            elif kind == "escape":
                at = self._take_escape(start)
            elif kind == "import":
                at = self._take_import(match.end())
            elif kind == "src":
                at = self._take_argument(_skip(text, match.end()), "url")
            elif kind == "prelude":
                at = self._skip_prelude(match.end())
            elif kind == "filter":
                at = self._take_filter(_FILTER_SRC.match(text, start), match.end())
            else:
                at = self._take_image_set(match.end())
        if self._map is not None and _skip(text, self._map_end) == len(text):
            self._found.append(self._map)
        return tuple(self._found)

    def _take_comment(self, start: int) -> int:
        end = end_css_comment(self._text, start)
        if self._text.startswith(("#", "@"), start + 2):
            match = _MAP.fullmatch(self._text, start, end)
            if match is not None and not is_data_uri(match.group(1)):
                self._map = Reference(
                    match.start(1), match.end(1), match.group(1), "source-map", "comment"
                )
                self._map_end = end
        return end

    def _take_string(self, start: int) -> int:
        text = self._text
        _, end = end_css_string(text, start)
        if text.startswith("asset:", start + 1) and not text[start:end].count(" "):
            return self._take_argument(start, "asset-path")
        if text.find("mageLoader(", start, end) >= 0 and _FILTER_PROPERTY.search(
            text, max(0, start - 40), start
        ):
            # -ms-filter: "progid:…AlphaImageLoader(src='a.png')": the one string that names a file
            self._take_filter(_FILTER_SRC.search(text, start, end), end)
        return end

    def _take_escape(self, start: int) -> int:
        text = self._text
        if start == 0 or not (_NAME_CHAR.match(text, start - 1) or text[start - 1] in "#@"):
            end = self._take_url(start, "url")
            if end > start + 1:
                return end
        rest = _REST_OF_NAME.match(text, start)
        return rest.end() if rest is not None else start + 1

    def _take_import(self, at: int) -> int:
        at = _skip(self._text, at)
        if self._text.startswith(('"', "'"), at):
            return self._take_argument(at, "import")
        return max(at, self._take_url(at, "import") if _URL.match(self._text, at) else at)

    def _take_url(self, start: int, kind: Kind) -> int:
        """Take ``url(…)`` at an offset; the offset after the name where it is another word."""
        text = self._text
        opened = _URL.match(text, start)
        if opened is None:
            return start + 1
        space = _SPACE.match(text, opened.end())
        assert space is not None
        body = space.end()
        if text.startswith(('"', "'"), body):
            return self._take_argument(body, kind)
        token, end = end_css_url(text, body)
        if token == "url":
            stop = end - 1 if text.endswith(")", body, end) else end
            self._add(body, body + len(text[body:stop].rstrip(" \t\n\r\f")), kind)
        return end

    def _add(self, start: int, end: int, kind: Kind) -> None:
        url = unescape_css(self._text[start:end])
        if url and url[0] != "#" and not is_data_uri(url):
            self._found.append(Reference(start, end, url, kind, "css-url"))

    def _take_argument(self, at: int, kind: Kind) -> int:
        """Take the quoted string at an offset, if there is one; return the offset after it."""
        text = self._text
        if not text.startswith(('"', "'"), at):
            return at
        token, end = end_css_string(text, at)
        if token == "string":
            has_quote = end - at > 1 and text[end - 1] == text[at]
            url = unescape_css(text[at + 1 : end - 1 if has_quote else end]).strip()
            if url and url[0] != "#" and not is_data_uri(url):
                self._found.append(Reference(at, end, url, kind, "css-string"))
        return end

    def _take_image_set(self, at: int) -> int:
        """Take the arguments of an image-set(); strings count outside of nested functions only."""
        text = self._text
        depth = 1
        for kind, start, end in tokenize_css(text, at):
            if kind == "string" and depth == 1:
                self._take_argument(start, "image-set")
            elif kind == "url":
                self._take_url(start, "url")
            elif kind == "function":
                name = unescape_css(text[start : end - 1]).lower()
                if name in {"url", "src"}:
                    self._take_argument(_skip(text, end), "url")
                depth += 1
            elif kind == "punct":
                char = text[start]
                depth += (char == "(") - (char == ")")
                # an unclosed parenthesis must not swallow the declarations after it
                if depth == 0 or char in ";}":
                    return end
        return len(text)

    def _skip_prelude(self, at: int) -> int:
        """Skip the names of @namespace and @document, which are no files."""
        for kind, start, end in tokenize_css(self._text, at):
            if kind == "punct" and self._text[start] in ";{":
                return end
        return len(self._text)

    def _take_filter(self, match: re.Match[str] | None, otherwise: int) -> int:
        if match is None:
            return otherwise
        start, end = match.span("url")
        url = match.group("url")
        if not is_data_uri(url):
            self._found.append(Reference(start, end, url, "filter", "attribute-part"))
        return match.end()


def _skip(text: str, at: int) -> int:
    match = _SPACE_AND_COMMENTS.match(text, at)
    assert match is not None
    return match.end()
