"""Put the places on a sheet into the declarations that marks stand in.

In: CSS, and for each marked reference where its picture lies. Out: edits that keep the order of
declarations and !important, and what could not be put. Refuses to know: pictures, files.
Source: CSS Backgrounds 3, section 3.10 (shorthand).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.sprites.blocks import Declaration, Word, find_blocks, split_layers
from assetbuild.assets.sprites.layout import Arrangement
from assetbuild.assets.sprites.positions import (
    Place,
    RefusalError,
    compute_background,
    read_pixels,
    split_position,
)
from assetbuild.assets.syntax.reference import Edit

_FAMILIES = ("background", "mask", "-webkit-mask")
_REPEATS = frozenset({"repeat", "repeat-x", "repeat-y", "no-repeat", "space", "round"})
_AXES: tuple[Arrangement, ...] = ("repeat-x", "repeat-y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a mark, or only told."""

    start: int  # of the marked reference
    message: str  # what is wrong
    hint: str  # what to do
    code: str = "sprite/bad-mark"  # of the diagnostic
    is_error: bool = True  # False: a warning


def infer_arrangements(text: str, marked: Mapping[int, Arrangement]) -> dict[int, Arrangement]:
    """Return how each marked background repeats: as its mark says, else as its shorthand does.

    ``marked`` is by the start of each reference, "packed" where the mark does not say.
    """
    found = dict(marked)
    for _, _, declaration, starts in _find_marked(text, marked):
        for layer in split_layers(text, declaration.start, declaration.end):
            words = {word.text.lower() for word in layer}
            for at in starts:
                is_here = any(word.start <= at < word.end for word in layer)
                for axis in _AXES:
                    if is_here and found[at] == "packed" and axis in words:
                        found[at] = axis
    return found


def _find_marked(
    text: str, marked: Mapping[int, object]
) -> Iterator[tuple[Sequence[Declaration], int, Declaration, Sequence[int]]]:
    """Yield each declaration that holds marked references: its block, its index, itself, these."""
    starts = sorted(marked)
    for block in find_blocks(text):
        for index, declaration in enumerate(block):
            first = bisect_left(starts, declaration.start)
            last = bisect_left(starts, declaration.stop)
            if last > first:
                yield block, index, declaration, starts[first:last]


def place_backgrounds(
    text: str, places: Mapping[int, Place]
) -> tuple[tuple[Edit, ...], tuple[Problem, ...]]:
    """Return the edits, sorted, and the problems; ``places`` is by the start of each reference."""
    edits: dict[tuple[int, int], str] = {}
    problems: list[Problem] = []
    left = set(places)
    for block, index, declaration, starts in _find_marked(text, places):
        left.difference_update(starts)
        try:
            family = _family_of(declaration)
            writer = _Writer(text, block, index, family, {at: places[at] for at in starts})
            for one in writer.write():
                # two insertions behind one declaration follow each other
                before = edits.get((one.start, one.end), "") if one.start == one.end else ""
                edits[one.start, one.end] = before + one.text
            problems += writer.problems
        except RefusalError as refusal:
            problems.append(Problem(start=starts[0], message=refusal.message, hint=refusal.hint))
    problems += [
        Problem(
            start=at,
            message="the marked url() stands in no declaration",
            hint="mark a background of a rule",
        )
        for at in sorted(left)
    ]
    made = tuple(Edit(start, end, one) for (start, end), one in sorted(edits.items()))
    return made, tuple(problems)


def _family_of(declaration: Declaration) -> str:
    for family in _FAMILIES:
        if declaration.name in (family, f"{family}-image"):
            return family
    raise RefusalError(
        f'"{declaration.name}" cannot show a part of a sheet',
        "only background, background-image, mask and mask-image can; remove the comment",
    )


class _Writer:
    """The edits of one declaration with marks."""

    def __init__(
        self,
        text: str,
        block: Sequence[Declaration],
        index: int,
        family: str,
        places: Mapping[int, Place],
    ) -> None:
        self._text = text
        self._block = block
        self._declaration = block[index]
        self._index = index
        self._family = family
        self._places = places
        self.problems: list[Problem] = []

    def write(self) -> list[Edit]:
        declaration = self._declaration
        layers = split_layers(self._text, declaration.start, declaration.end)
        marked = [self._place_in(layer) for layer in layers]
        is_shorthand = declaration.name == self._family
        edits = (
            self._write_shorthand(layers, marked)
            if is_shorthand
            else self._write_image(layers, marked)
        )
        edits += self._write_dimensions(marked)
        return edits

    def _place_in(self, layer: Sequence[Word]) -> Place | None:
        for word in layer:
            for at, place in self._places.items():
                if word.start <= at < word.end:
                    if not re.match(r"(?:url|src)\(", word.text, re.IGNORECASE):
                        raise RefusalError(
                            f'a sheet cannot stand in "{word.text.partition("(")[0]}()"',
                            "mark each picture in a declaration of its own, in a media query",
                        )
                    return place
        return None

    def _write_shorthand(
        self, layers: Sequence[Sequence[Word]], marked: Sequence[Place | None]
    ) -> list[Edit]:
        edits = []
        later = self._index + 1
        positions = self._find(f"{self._family}-position", later)
        sizes = self._find(f"{self._family}-size", later)
        size_words = self._layer_words(sizes[-1] if sizes else None, len(marked))
        for layer, place, later_size in zip(layers, marked, size_words, strict=True):
            if place is None:
                continue
            words = [one.text for one in layer]
            position, size = split_position(layer)
            # a size declared behind the shorthand counts; it is rewritten there
            where, how_large = compute_background(place, position, later_size or size)
            taken = {*position, *size, "/"} if size else set(position)
            out = []
            for word in words:
                if re.match(r"(?:url|src)\(", word, re.IGNORECASE) and "(" in word:
                    slash = f"/{how_large}" if how_large != "auto" else ""
                    out += [_url(place), where + slash]
                elif word in taken or word == "/":
                    continue
                else:
                    out.append(word)
            repeat = [one.lower() for one in words if one.lower() in _REPEATS]
            _check_repeat(repeat, place)
            if not repeat:
                out.append("no-repeat" if place.arrangement == "packed" else place.arrangement)
            edits.append(Edit(layer[0].start, layer[-1].end, " ".join(out)))
        edits += self._edit_longhands(positions, sizes, marked)
        return edits

    def _write_image(
        self, layers: Sequence[Sequence[Word]], marked: Sequence[Place | None]
    ) -> list[Edit]:
        if any(one is None for one in marked):
            raise RefusalError(
                "some layers of the background are marked and others are not",
                f"mark all, or write the layers into {self._family}, where each has its position",
            )
        places = [one for one in marked if one is not None]
        edits = [
            Edit(layer[0].start, layer[-1].end, _url(place))
            for layer, place in zip(layers, places, strict=True)
        ]
        positions = self._find(f"{self._family}-position", 0)
        sizes = self._find(f"{self._family}-size", 0)
        for one in self._find(f"{self._family}-repeat", 0):
            for place in places:
                _check_repeat(self._text[one.start : one.end].lower().split(), place)
        edits += self._edit_longhands(positions, sizes, marked)
        more = []
        default_position, default_size = self._shorthand_before()
        computed = [compute_background(place, default_position, default_size) for place in places]
        if not positions:
            more.append(("position", ",".join(where for where, _ in computed)))
        if not sizes and any(size != "auto" for _, size in computed):
            more.append(("size", ",".join(size for _, size in computed)))
        if more:
            at = self._declaration.stop
            edits.append(
                Edit(at, at, "".join(self._say(f"{self._family}-{a}", b) for a, b in more))
            )
        return edits

    def _shorthand_before(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return position and size that a shorthand before the image sets, if one does."""
        for one in reversed(self._block[: self._index]):
            if one.name == self._family:
                layers = split_layers(self._text, one.start, one.end)
                return split_position(layers[-1]) if len(layers) == 1 else ((), ())
        return (), ()

    def _edit_longhands(
        self,
        positions: Sequence[Declaration],
        sizes: Sequence[Declaration],
        marked: Sequence[Place | None],
    ) -> list[Edit]:
        """Rewrite positions and sizes that the rule declares for the same layers."""
        edits = []
        size_words = self._layer_words(sizes[-1] if sizes else None, len(marked))
        for one in positions:
            words = self._layer_words(one, len(marked))
            values = [
                compute_background(place, word, size)[0] if place is not None else " ".join(word)
                for place, word, size in zip(marked, words, size_words, strict=True)
            ]
            edits.append(Edit(one.start, one.end, ",".join(values)))
        for one in sizes:
            words = self._layer_words(one, len(marked))
            values = [
                compute_background(place, (), word)[1] if place is not None else " ".join(word)
                for place, word in zip(marked, words, strict=True)
            ]
            edits.append(Edit(one.start, one.end, ",".join(values)))
        for name in ("position-x", "position-y"):
            if self._find(f"{self._family}-{name}", self._index + 1):
                raise RefusalError(
                    f'"{self._family}-{name}" would move the whole sheet',
                    f"write {self._family}-position with both numbers",
                )
        return edits

    def _layer_words(self, declaration: Declaration | None, count: int) -> list[tuple[str, ...]]:
        """Return the words for each layer; a short list is repeated, as browsers do."""
        if declaration is None:
            return [()] * count
        layers = split_layers(self._text, declaration.start, declaration.end)
        found = [tuple(word.text for word in layer) for layer in layers]
        return [found[index % len(found)] for index in range(count)]

    def _find(self, name: str, first: int) -> list[Declaration]:
        return [one for one in self._block[first:] if one.name == name]

    def _write_dimensions(self, marked: Sequence[Place | None]) -> list[Edit]:
        places = [one for one in marked if one is not None]
        place = places[-1]
        told = []
        for side, size in (("width", place.width), ("height", place.height)):
            own = self._find(side, 0)
            is_repeated = place.arrangement == ("repeat-x" if side == "width" else "repeat-y")
            if own:
                value = self._text[own[-1].start : own[-1].end]
                number = read_pixels(value)
                if number is not None and number > size and not is_repeated:
                    self.problems.append(
                        Problem(
                            start=min(self._places),
                            code="sprite/shows-neighbours",
                            message=f"the rule is {value} in {side} and the picture {size}px: its neighbours on the sheet will show",
                            hint="make the element as large as the picture, or leave this one out of the sprite",
                            is_error=False,
                        )
                    )
            elif place.writes_size and not is_repeated:
                told.append(self._say(side, f"{size}px"))
        at = self._declaration.stop
        return [Edit(at, at, "".join(told))] if told else []

    def _say(self, name: str, value: str) -> str:
        gap = " " if self._declaration.is_spaced else ""
        important = f"{gap}!important" if self._declaration.is_important else ""
        return f";{gap}{name}:{gap}{value}{important}"


def _url(place: Place) -> str:
    return f'url("{place.url}")'


def _check_repeat(repeat: Sequence[str], place: Place) -> None:
    allowed = {"no-repeat", place.arrangement}
    wrong = [one for one in repeat if one not in allowed]
    if wrong:
        raise RefusalError(
            f'a picture of a sheet cannot "{wrong[0]}" here',
            "a sheet repeats along one axis: repeat-x or repeat-y in the comment; else remove the comment",
        )
