"""Names of assets in templates and in Ruby, PHP and Elixir code.

In: a text and the extension of its file. Out: mentions in order. Names that are computed are
mentions too, with the part that is written. Refuses to know: which assets there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assetbuild.assets.usage.mention import BLUEPRINT, Mention
from assetbuild.assets.usage.pieces import Pieces, blank_spans

RUBY = frozenset([".erb", ".haml", ".slim", ".rb", ".builder"])
CODE = RUBY - {".erb"} | {".ex", ".exs", ".py"}  # the whole file is code
MARKUP = frozenset(
    [
        ".blade.php",
        ".djhtml",
        ".eex",
        ".erb",
        ".heex",
        ".htm",
        ".html",
        ".j2",
        ".jinja",
        ".jinja2",
        ".leex",
        ".liquid",
        ".mako",
        ".njk",
        ".php",
        ".svg",
        ".twig",
        ".txt",
        ".xhtml",
        ".xml",
    ]
)

_SCRIPTS = ("javascript_include_tag", "javascript_path", "javascript_url", "path_to_javascript")
_VITE_SCRIPTS = ("vite_javascript_tag", "vite_typescript_tag", "vite_react_refresh_tag")
_STYLES = ("stylesheet_link_tag", "stylesheet_path", "stylesheet_url", "vite_stylesheet_tag")
_ENDINGS = {
    **dict.fromkeys((*_SCRIPTS, *_VITE_SCRIPTS), ".js"),
    **dict.fromkeys(_STYLES, ".css"),
}
_PLAIN = (
    *("asset", "asset_path", "asset_url", "static", "picture", "srcset", "path_to_asset"),
    *("url_to_asset", "image_path", "image_tag", "image_url", "font_path", "font_url"),
    *("audio_path", "audio_tag", "video_path", "video_tag", "favicon_link_tag", "mix"),
    *("vite_asset", "vite_asset_path", "vite_asset_url", "vite_image_tag", "vite"),
)
_TAGS = ("static", "asset", "asset_url", "picture", "srcset", "vite_asset")
_SEVERAL = frozenset([*_SCRIPTS, *_STYLES, *_VITE_SCRIPTS])  # take more names after the first

_STRING = r"(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
# what begins a comment, in order of trial, and what ends it
_COMMENTS: tuple[tuple[str, str | re.Pattern[str]], ...] = (
    (r"\{#", "#}"),
    (r"<%#", "%>"),
    (r"<%--", "--%>"),
    (r"\{\{--", "--}}"),
    *(
        (rf"\{{%-?\s*{one}\b", re.compile(rf"\{{%-?\s*end{one}\b"))
        for one in ("comment", "raw", "verbatim")
    ),
)
_LINE_COMMENTS = {
    ".haml": re.compile(r"^[ \t]*-#.*$", re.MULTILINE),
    ".slim": re.compile(r"^[ \t]*/.*$", re.MULTILINE),
}
_HASH_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
# what begins a piece of code in a template, and what ends it
_REGIONS: tuple[tuple[str, str | re.Pattern[str]], ...] = (
    (r"\{\{", "}}"),
    (r"\{%", "%}"),
    (r"<%", "%>"),
    (r"<\?", re.compile(r"\?>|\Z")),
    (r"\{!!", "!!}"),
    (r"@(?:vite|asset)\s*\(", ")"),
)
_URL_FOR = re.compile(
    rf"\burl_for\s*\(\s*(['\"])(?P<owner>[\w.]*\.)?static\1\s*,\s*filename\s*=\s*(?P<name>{_STRING})"
)
_STATIC_PATH = re.compile(rf"\bstatic_(?:path|url)\s*\(\s*[@\w.]+\s*,\s*(?P<name>{_STRING})")
_MORE = re.compile(rf"\s*,\s*(?P<name>{_STRING})(?!\s*(?:=>|:))")
# what makes a string only a part of a name; "%}" and "%>" end a tag
_GOES_ON = re.compile(r"\s*(?:\+|~|\||<>|%(?![}>])|\.(?!\.)\s*(?:format\b|\$|['\"(]|\w+\())")
_INTERPOLATION = re.compile(r"\$\{|#\{|\{\{|\{%|<%|\{\$?\w*\}|%\(\w+\)s|%s")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


_COMMENT_PIECES, _REGION_PIECES = Pieces(_COMMENTS), Pieces(_REGIONS)


class TemplateFinder:
    """Finds mentions; made once for a list of the app's own helpers."""

    def __init__(self, helpers: Iterable[str] = ()) -> None:
        own = tuple(helpers)
        names = "|".join(
            sorted((re.escape(one) for one in (*_PLAIN, *_ENDINGS, *own)), key=len)[::-1]
        )
        tags = "|".join(map(re.escape, (*_TAGS, *own)))
        before = r"(?<![\w.$>-])"
        self._tag = re.compile(rf"\{{%-?\s*(?P<helper>{tags})\s+(?P<name>{_STRING})")
        self._call = re.compile(rf"{before}(?P<helper>{names})\s*\(\s*\[?\s*(?P<name>{_STRING})")
        self._bare = re.compile(rf"{before}(?P<helper>{names})[ \t]+(?P<name>{_STRING})")

    def find(self, text: str, extension: str) -> tuple[Mention, ...]:
        """Return the mentions of a text, by place, each once."""
        clean = blank_comments(text, extension)
        found: dict[int, Mention] = {}
        for start, end in _list_regions(clean, extension):
            for one in self._find_in(clean, start, end, extension):
                found.setdefault(one.start, one)
        return tuple(found[at] for at in sorted(found))

    def _find_in(self, text: str, start: int, end: int, extension: str) -> Iterator[Mention]:
        for match in self._tag.finditer(text, start, end):
            yield _mention(text, match, match["helper"])
        patterns = [self._call]
        if extension in RUBY:
            patterns.append(self._bare)
        for pattern in patterns:
            for match in pattern.finditer(text, start, end):
                helper = match["helper"]
                yield _mention(text, match, helper)
                more = _MORE.match(text, match.end(), end)
                while more is not None and (helper in _SEVERAL or helper == "vite"):
                    yield _mention(text, more, helper)
                    more = _MORE.match(text, more.end(), end)
        for match in _URL_FOR.finditer(text, start, end):
            helper = "url_for" if match["owner"] is None else BLUEPRINT
            yield _mention(text, match, helper, is_lenient=True)
        for match in _STATIC_PATH.finditer(text, start, end):
            yield _mention(text, match, "static_path")


def blank_comments(text: str, extension: str) -> str:
    """Return the text with spaces in the place of comments and of what is no template."""
    comments: Iterable[tuple[int, int]] = ()
    if extension in MARKUP:
        comments = _COMMENT_PIECES.find(text)
    elif extension in CODE:
        found = _LINE_COMMENTS.get(extension, _HASH_COMMENT).finditer(text)
        comments = (one.span() for one in found)
    return blank_spans(text, comments)


def _list_regions(text: str, extension: str) -> Iterator[tuple[int, int]]:
    if extension in CODE:
        yield 0, len(text)
    else:
        yield from _REGION_PIECES.find(text)


def _mention(text: str, match: re.Match[str], helper: str, *, is_lenient: bool = False) -> Mention:
    start, end = match.span("name")
    written = text[start + 1 : end - 1]
    cut = _INTERPOLATION.search(written)
    is_computed = cut is not None or _GOES_ON.match(text, end) is not None
    known = written if cut is None else written[: cut.start()]
    return Mention(
        name=_ESCAPE.sub(r"\1", known),
        start=start + 1,
        length=max(1, len(known)),
        helper=helper,
        ending=_ENDINGS.get(helper, ""),
        is_computed=is_computed or known.endswith("/"),
        is_lenient=is_lenient,
    )
