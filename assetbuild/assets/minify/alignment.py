"""A source map of a minified text, found by aligning the tokens that survived.

rcssmin and tdewolff-minify make no maps. In: the text before and after. Out: a map whose every
segment joins two tokens that are the same thing; what lies between has the segment before it.
Names of properties, globals, strings and regexes survive minifying: runs of them that occur once
on both sides are matched first (as in a patience diff), then their neighbours, then local names that
were renamed in unchanged surroundings. What cannot be matched gets no segment: no guess is made.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from assetbuild.assets.sourcemaps.model import MapBuilder, SourceMap
from assetbuild.assets.sourcemaps.utf16 import Places
from assetbuild.assets.syntax.js_references import unescape_js
from assetbuild.assets.syntax.js_tokens import iterate_js_tokens

_WINDOW = 60_000  # tokens held at once, some 200 kB of a script: memory grows by 600 bytes for each
_GRAM_SIZES = (8, 4, 2, 1)  # lengths of the runs that must be unique, from sure to less sure


class _Token(NamedTuple):
    """A token as it is compared."""

    key: str  # what must be equal on both sides; "" for what minifying may drop or add
    start: int  # offset
    text: str  # as written
    is_name: bool  # an identifier, which may be renamed


# words that a minifier adds, drops or replaces
_VOLATILE = frozenset(
    [
        "break",
        "const",
        "continue",
        "do",
        "else",
        "false",
        "for",
        "function",
        "if",
        "let",
        "null",
        "of",
        "return",
        "true",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "Infinity",
        "NaN",
    ]
)
_RESERVED = _VOLATILE | frozenset(
    [
        "async",
        "await",
        "case",
        "catch",
        "class",
        "default",
        "delete",
        "export",
        "extends",
        "finally",
        "get",
        "import",
        "in",
        "instanceof",
        "new",
        "set",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "try",
        "with",
        "yield",
        "debugger",
    ]
)


def map_minified(text: str, minified: str, media_type: str, source: str) -> SourceMap:
    """Return the map from the minified text to the text, whose source is named ``source``."""
    is_css = media_type == "text/css"
    pairs: Iterable[_Pair] = _align_css(text, minified) if is_css else _align_js(text, minified)
    builder = MapBuilder()
    index = builder.source(source, text)
    before, after = Places(text), Places(minified)
    for new, old, name in pairs:
        line, column = after.find(new)
        origin_line, origin_column = before.find(old)
        segment = (column, index, origin_line, origin_column)
        builder.line(line).append(segment if name is None else (*segment, builder.name(name)))
    return builder.build()


_Pair = tuple[int, int, "str | None"]  # offset in the minified text, in the text, original name


def _align_css(text: str, minified: str) -> list[_Pair]:
    """rcssmin only removes tokens, so each one left is the next equal one of the text."""
    from assetbuild.assets.syntax.css_tokens import tokenize_css  # as text.py: not for a script

    old = [one for one in tokenize_css(text) if one.kind not in {"space", "comment"}]
    pairs: list[_Pair] = []
    at = 0
    for kind, start, end in tokenize_css(minified):
        if kind in {"space", "comment"}:
            continue
        token = minified[start:end]
        # a semicolon may be gone, and a url without its inner white space is another text
        for ahead in range(at, min(at + 4, len(old))):
            other = old[ahead]
            same = text[other.start : other.end]
            if same == token or (kind == other.kind == "url" and "".join(same.split()) == token):
                if kind != "punct":
                    pairs.append((start, other.start, None))
                at = ahead + 1
                break
        else:
            at += 1
    return pairs


def _align_js(text: str, minified: str, window: int = _WINDOW) -> Iterator[_Pair]:
    """Align two token streams window by window; what fits into one is aligned as a whole."""
    rest_old, rest_new = _js_tokens(text), _js_tokens(minified)
    old, new = [*islice(rest_old, window)], [*islice(rest_new, window)]
    while True:
        found, anchors = _match_tokens(old, new)
        more_old, more_new = next(rest_old, None), next(rest_new, None)
        if more_old is None and more_new is None:
            i_end, j_end = len(old), len(new)
        else:
            # the next window goes on at the last sure place that is well inside of this one
            i_most, j_most = len(old) * 3 // 4, len(new) * 3 // 4
            inside = [one for one in anchors if one[0] < i_most and one[1] < j_most]
            i_end, j_end = inside[-1] if inside else (i_most, j_most)
        for j in sorted(found):
            if j < j_end and found[j] < i_end:
                one, other = new[j], old[found[j]]
                if one.key or one.is_name:
                    renamed = one.is_name and one.text != other.text
                    yield one.start, other.start, other.text if renamed else None
        if i_end == len(old) and j_end == len(new):
            return
        old, new = old[i_end:], new[j_end:]
        old += [] if more_old is None else [more_old, *islice(rest_old, window - len(old))]
        new += [] if more_new is None else [more_new, *islice(rest_new, window - len(new))]


def _match_tokens(
    old: Sequence[_Token], new: Sequence[_Token]
) -> tuple[dict[int, int], list[tuple[int, int]]]:
    """Return which new token is which old one, and the pairs that were found first, rising."""
    both = {one.key for one in old} & {one.key for one in new}
    old_places = [at for at, one in enumerate(old) if one.key and one.key in both]
    new_places = [at for at, one in enumerate(new) if one.key and one.key in both]
    matched = _match_runs([old[at].key for at in old_places], [new[at].key for at in new_places])
    anchors = [(old_places[i], new_places[j]) for i, j in matched]
    found = {j: i for i, j in anchors}
    for position, (i, j) in enumerate(anchors):
        following = anchors[position + 1] if position + 1 < len(anchors) else (len(old), len(new))
        _extend(old, new, (i, j), following, found)
        before = anchors[position - 1] if position else (-1, -1)
        _extend(old, new, (i, j), before, found)
    return found, anchors


def _extend(
    old: Sequence[_Token],
    new: Sequence[_Token],
    anchor: tuple[int, int],
    limit: tuple[int, int],
    found: dict[int, int],
) -> None:
    """Match the neighbours of an anchor towards a limit as long as the code has the same shape."""
    i, j = anchor
    step = 1 if limit[0] > i else -1
    while True:
        i, j = i + step, j + step
        if (limit[0] - i) * step <= 0 or (limit[1] - j) * step <= 0 or j in found:
            return
        one, other = new[j], old[i]
        if one.is_name != other.is_name or (not one.is_name and one.text != other.text):
            return
        found[j] = i


def _js_tokens(text: str) -> Iterator[_Token]:
    last: _Token | None = None  # not told yet: a colon changes what it is
    previous = ""
    for kind, start, end in iterate_js_tokens(text):
        if kind == "comment":
            continue
        part = text[start:end]
        if part == ":" and previous and last is not None and last.is_name:
            # a key, as it is written after a dot elsewhere; b of a ? b : c does no harm
            last = last._replace(key="." + previous, is_name=False)
        if last is not None:
            yield last
        key = ""
        is_name = False
        if kind == "word":
            if previous in {".", "?."}:
                key = "." + part
            elif part not in _VOLATILE:
                is_name = part not in _RESERVED
                # a short name is what locals are renamed to: equal ones may be different things
                key = "" if is_name and len(part) < 3 else part
        elif kind == "string":
            key = '"' + unescape_js(part[1:-1])
        elif kind == "template" and part[0] == "`" and part[-1] == "`":
            # a string with newlines may have become a template
            key = '"' + unescape_js(part[1:-1])
        elif kind in {"regex", "template"}:
            key = part
        last = _Token(key, start, part, is_name)
        previous = part
    if last is not None:
        yield last


def _match_runs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of equal items, rising on both sides."""
    matched: list[tuple[int, int]] = []
    gaps = [(0, len(old), 0, len(new), 0)]
    while gaps:
        i, i_end, j, j_end, level = gaps.pop()
        while i < i_end and j < j_end and old[i] == new[j] and (level or i == j):
            matched.append((i, j))
            i, j = i + 1, j + 1
        while i < i_end and j < j_end and old[i_end - 1] == new[j_end - 1] and level:
            i_end, j_end = i_end - 1, j_end - 1
            matched.append((i_end, j_end))
        if i >= i_end or j >= j_end or level >= len(_GRAM_SIZES):
            continue
        size = _GRAM_SIZES[level]
        anchors = _unique_runs(old, (i, i_end), new, (j, j_end), size)
        at, other = i, j
        for old_at, new_at in anchors:
            if old_at < at or new_at < other:
                continue  # runs that overlap the one before
            gaps.append((at, old_at, other, new_at, level + 1))
            matched.extend((old_at + one, new_at + one) for one in range(size))
            at, other = old_at + size, new_at + size
        gaps.append((at, i_end, other, j_end, level + 1))
    return sorted(matched)


def _unique_runs(
    old: Sequence[str],
    old_range: tuple[int, int],
    new: Sequence[str],
    new_range: tuple[int, int],
    size: int,
) -> list[tuple[int, int]]:
    """Return starts of runs that occur once on each side, in an order rising on both."""

    def runs(items: Sequence[str], bounds: tuple[int, int]) -> dict[tuple[str, ...], int]:
        first, last = bounds
        grams = [tuple(items[at : at + size]) for at in range(first, last - size + 1)]
        counts = Counter(grams)
        return {gram: first + at for at, gram in enumerate(grams) if counts[gram] == 1}

    ours = runs(old, old_range)
    theirs = runs(new, new_range)
    pairs = sorted((place, theirs[gram]) for gram, place in ours.items() if gram in theirs)
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest subsequence that rises in its second numbers, too."""
    tails: list[int] = []  # smallest last number of a subsequence of each length
    ends: list[int] = []  # index of the pair that has it
    before: list[int] = []
    for index, (_, number) in enumerate(pairs):
        at = bisect_right(tails, number)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(number)
            ends.append(index)
        else:
            tails[at], ends[at] = number, index
    chain: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]
