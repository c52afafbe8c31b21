"""Where a sheet must lie so that one picture of it lies as its own background would.

In: the place of a picture on its sheet, the words of a position and a size. Out: the words for the
sheet. A position in CSS pixels moves with the picture; any other cannot, because a sheet is larger.
Source: CSS Backgrounds 3, sections 3.6 (position) and 3.9 (size).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assetbuild.assets.sprites.blocks import Word
from assetbuild.assets.sprites.layout import Arrangement

_LENGTH = re.compile(r"([+-]?(?:[0-9]*\.)?[0-9]+(?:e[+-]?[0-9]+)?)(px)?\Z", re.IGNORECASE)
_KEYWORDS = frozenset({"left", "right", "top", "bottom", "center"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a picture lies; CSS pixels."""

    url: str  # of the sheet
    x: int  # of the picture on the sheet
    y: int  # of the picture on the sheet
    width: int  # of the picture
    height: int  # of the picture
    sheet_width: int  # of the whole sheet
    sheet_height: int  # of the whole sheet
    ratio: int  # of the sheet; 1 needs no size
    arrangement: Arrangement  # along which axis the sheet may repeat
    writes_size: bool  # declare width and height too


class RefusalError(Exception):
    """A declaration cannot show a part of a sheet: why, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def split_position(layer: Sequence[Word]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a layer of the shorthand that are its position, and its size."""
    words = [one.text for one in layer]
    size: list[str] = []
    if "/" in words:
        at = words.index("/")
        for word in words[at + 1 : at + 3]:
            if word.lower() not in {"auto", "cover", "contain"} and not _is_measure(word):
                break
            size.append(word)
        words = words[:at]
    position = [one for one in words if one.lower() in _KEYWORDS or _is_measure(one)]
    return tuple(position), tuple(size)


def _is_measure(word: str) -> bool:
    return re.match(r"[+-]?\.?[0-9]|(?:calc|min|max|clamp)\(", word, re.IGNORECASE) is not None


def compute_background(
    place: Place, position: Sequence[str], size: Sequence[str]
) -> tuple[str, str]:
    """Return position and size of the sheet so that the picture lies as its own would."""
    wide, tall = _read_size(place, size)
    x, y = _read_position(position)
    where = f"{_px(x - place.x * wide)} {_px(y - place.y * tall)}"
    if place.ratio == 1 and not size:
        return where, "auto"
    return where, f"{_px(place.sheet_width * wide)} {_px(place.sheet_height * tall)}"


def _read_size(place: Place, size: Sequence[str]) -> tuple[float, float]:
    """Return by how much the picture is scaled from its own size in CSS pixels."""
    if not size or [one.lower() for one in size] in (["auto"], ["auto", "auto"]):
        return 1.0, 1.0
    numbers = [None if one.lower() == "auto" else read_pixels(one) for one in (*size, "auto")[:2]]
    if any(
        number is None and one.lower() != "auto"
        for number, one in zip(numbers, (*size, "auto"), strict=False)
    ):
        raise RefusalError(
            f'the size "{" ".join(size)}" is of the element, and a sheet is larger than its picture',
            "write it in px, or remove the comment",
        )
    wide = None if numbers[0] is None else numbers[0] / place.width
    tall = None if numbers[1] is None else numbers[1] / place.height
    return (
        wide if wide is not None else tall or 1.0,
        tall if tall is not None else wide or 1.0,
    )


def _read_position(position: Sequence[str]) -> tuple[float, float]:
    words = [one.lower() for one in position]
    if not words:
        return 0.0, 0.0
    if len(words) == 2 and (words[0] == "top" or words[1] == "left"):
        words.reverse()
    # the other axis of a single word is centred
    numbers = [{"left": 0.0, "top": 0.0, "0%": 0.0}.get(one, read_pixels(one)) for one in words]
    if len(numbers) != 2 or any(one is None for one in numbers):
        raise RefusalError(
            f'the position "{" ".join(position)}" depends on the size of the picture, and a sheet is larger',
            "write both numbers in px, or remove the comment",
        )
    return numbers[0] or 0.0, numbers[1] or 0.0


def read_pixels(word: str) -> float | None:
    """Return the number of a length in px, or of a bare zero; None for all else."""
    match = _LENGTH.match(word.strip())
    if match is None or (match[2] is None and float(match[1]) != 0):
        return None
    return float(match[1])


def _px(value: float) -> str:
    text = f"{round(value, 4):g}" if abs(value) < 1e5 else f"{value:.0f}"
    return "0" if text in {"0", "-0"} else f"{text}px"
