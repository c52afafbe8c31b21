"""Comments that mark a background for a sprite: ``url(a.png) /* sprite: icons; ratio=2 */``.

In: a style sheet before it is compiled. Out: the same text with each mark moved into the fragment
of its URL, where every compiler keeps it; lengths of lines stay, so columns in messages do too.
Refuses to know: which picture a URL names, where sheets lie.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assetbuild.diagnostics import Diagnostic, error, locate_offset, warning

if TYPE_CHECKING:
    from assetbuild.assets.sprites.layout import Arrangement

MOVED = "#-sprite."  # begins the fragment that a mark becomes
_QUICK = re.compile(r"(?:/\*[*!]*|//)[ \t]*sprite:")
_COMMENT = re.compile(
    r"/\*[*!]*[ \t]*sprite:(?P<block>[^*]*)\*+/|//[ \t]*sprite:(?P<line>[^\r\n]*)"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_FRAGMENT = re.compile(
    r"#-sprite\.(?P<name>[A-Za-z0-9_-]+)(?:\.(?P<ratio>[1-4]))?(?:\.(?P<axis>[xy]))?(?P<sized>\.s)?\Z"
)
# between the URL and its mark: the rest of the declaration, and a semicolon on the same line
_BETWEEN = re.compile(r"[^;{}]*(?:;[ \t]*)?\Z")
_AXES: dict[str, Arrangement] = {"x": "repeat-x", "y": "repeat-y"}
_HINT = "write /* sprite: icons */ behind the url, with ratio=2, repeat-x, repeat-y or size behind a semicolon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a comment asks for."""

    name: str  # of the sprite
    ratio: int = 1  # pixels of the picture for one CSS pixel
    axis: Arrangement = "packed"  # "packed": the comment does not say
    writes_size: bool = False  # width and height are declared too

    def to_fragment(self) -> str:
        """Return the mark as the fragment of a URL."""
        parts = [MOVED + self.name]
        if self.ratio > 1:
            parts.append(str(self.ratio))
        if self.axis != "packed":
            parts.append(self.axis[-1])
        if self.writes_size:
            parts.append("s")
        return ".".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """A style sheet whose marks are in its URLs."""

    text: str  # with the marks in its URLs
    diagnostics: tuple[Diagnostic, ...] = ()  # errors and warnings


def split_mark(url: str) -> tuple[str, Mark | None]:
    """Return a URL without its mark, and the mark."""
    match = _FRAGMENT.search(url) if MOVED in url else None
    if match is None:
        return url, None
    return url[: match.start()], Mark(
        name=match["name"],
        ratio=int(match["ratio"] or 1),
        axis=_AXES.get(match["axis"] or "", "packed"),
        writes_size=match["sized"] is not None,
    )


def move_marks(text: str, file: str) -> MarkedText:
    """Return the text with its marks in its URLs.

    Codes: ``sprite/bad-mark`` (an error), ``sprite/loose-mark`` (a warning: no url() before it).
    """
    if _QUICK.search(text) is None:
        return MarkedText(text=text)
    told: list[Diagnostic] = []
    pieces: list[str] = []
    at = 0
    for match in _COMMENT.finditer(text):
        body = match["block"] if match["block"] is not None else match["line"]
        found = _find_url(text, at, match.start())
        mark = _parse(body)
        if found is None:
            # a heading may look alike: only what reads as a mark is told
            if isinstance(mark, Mark):
                loose = warning(
                    "sprite/loose-mark",
                    "the comment marks a background for a sprite, and no url() stands before it in its declaration",
                    hint=_HINT,
                )
                told.append(_place(loose, file, text, match))
            continue
        if isinstance(mark, Diagnostic):
            told.append(_place(mark, file, text, match))
            continue
        start, end = found
        problem = _check_url(text[start:end])
        if problem is not None:
            told.append(_place(problem, file, text, match))
            continue
        fragment = mark.to_fragment()
        # what the comment leaves of its length is white space; its newlines stay
        rest = re.sub(r"[^\r\n]", " ", match[0])
        pieces += (text[at:end], fragment, text[end : match.start()], rest[len(fragment) :])
        at = match.end()
    pieces.append(text[at:])
    return MarkedText(text="".join(pieces), diagnostics=tuple(told))


def _place(found: Diagnostic, file: str, text: str, comment: re.Match[str]) -> Diagnostic:
    """Return the finding at its comment; only here, for to count lines takes the whole text."""
    length = len(comment[0].split("\n")[0])
    return replace(found, location=locate_offset(file, text, comment.start(), length))


def _parse(body: str) -> Mark | Diagnostic:
    name, *options = (one.strip() for one in body.split(";"))
    if not _NAME.match(name):
        return error(
            "sprite/bad-mark",
            f'"{name}" is no name of a sprite: letters, digits, - and _',
            hint=_HINT,
        )
    ratio, writes_size = 1, False
    axis: Arrangement = "packed"
    for option in options:
        plain = option.replace(" ", "")
        if re.fullmatch(r"ratio=[1-4]", plain):
            ratio = int(plain[-1])
        elif plain in {"repeat-x", "repeat-y"}:
            axis = _AXES[plain[-1]]
        elif plain == "size":
            writes_size = True
        elif plain:
            return error(
                "sprite/bad-mark",
                f'a mark of a sprite has no option "{option}"',
                hint=_HINT,
            )
    return Mark(name=name, ratio=ratio, axis=axis, writes_size=writes_size)


def _find_url(text: str, low: int, comment: int) -> tuple[int, int] | None:
    """Return the span of the last URL before a comment, without quotes, in its declaration."""
    opened = text.rfind("(", low, comment)
    while opened >= 0:
        if re.search(r"(?:url|src)\Z", text[max(low, opened - 12) : opened], re.IGNORECASE):
            break
        opened = text.rfind("(", low, opened)
    if opened < 0:
        return None
    start = opened + 1
    while start < comment and text[start] in " \t\r\n":
        start += 1
    if text[start : start + 1] in {'"', "'"}:
        closed = text.find(text[start], start + 1, comment)
        if closed < 0:
            return None
        start += 1
        end = closed
        after = text.find(")", closed, comment)
    else:
        after = _find_end(text, start, comment)
        end = start + len(text[start:after].rstrip())
    if after < 0 or end <= start or _BETWEEN.match(text, after + 1, comment) is None:
        return None
    return start, end


def _find_end(text: str, start: int, stop: int) -> int:
    """Return the offset of the parenthesis that ends an unquoted URL; -1: there is none."""
    depth = 0
    for at in range(start, stop):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth < 0:
            return at
    return -1


def _check_url(url: str) -> Diagnostic | None:
    if url.startswith(("$", "@")) and not url.startswith("@{"):
        return error(
            "sprite/bad-mark",
            f'"{url}" is a variable, to which a mark cannot be added',
            hint=f'write url("#{{{url}}}")' if url[0] == "$" else f'write url("@{{{url[1:]}}}")',
        )
    if url[:5].lower() == "data:" or "//" in url[:8] or "#" in url.replace("#{", ""):
        return error(
            "sprite/bad-mark",
            f'"{url[:60]}" is no picture of this build, so no sprite can hold it',
            hint="remove the comment",
        )
    return None
