"""What is wanted of each picture: [images] and the [[image]] tables, resolved for a path.

In: a configuration. Out: PictureSettings for a logical path, or None for what is no picture.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass

from assetbuild.assets.images.kinds import kind_of
from assetbuild.config.pictures import ImageRuleConfig, ImagesConfig, PictureFormat
from assetbuild.globs import Glob, compile_glob


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSettings:
    """What is wanted of one picture."""

    lossless: bool  # recompress it without changing a pixel
    strip: bool  # remove what tells of a place or a person
    formats: tuple[PictureFormat, ...]  # siblings to make, sorted
    widths: tuple[int, ...]  # to make, ascending, unique
    jpeg_quality: int  # 1 to 100
    webp_quality: int  # 1 to 100
    avif_quality: int  # 1 to 100
    max_pixels: int  # above it a picture is never decoded
    is_quick: bool = False  # development: little effort, nothing recompressed

    @property
    def is_asked(self) -> bool:
        """Tell whether somebody asked for more than what happens to every picture."""
        return bool(self.strip or self.formats or self.widths)

    def to_json(self) -> str:
        """Return the canonical text, for keys."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)


class PictureTable:
    """Answers for a path; the rules are compiled once."""

    def __init__(
        self, config: ImagesConfig, rules: Sequence[ImageRuleConfig], *, is_quick: bool
    ) -> None:
        self._config = config
        self._is_quick = is_quick
        self._rules: tuple[tuple[Glob, ImageRuleConfig], ...] = tuple(
            (compile_glob(rule.glob), rule) for rule in rules
        )

    def for_path(self, logical: str) -> PictureSettings | None:
        """Return what is wanted of a picture; None: nothing, or it is none by its name."""
        if kind_of(logical) is None:
            return None
        chosen = self._config
        for glob, rule in self._rules:
            if glob.matches(logical):
                changes = {
                    one.name: getattr(rule, one.name)
                    for one in dataclasses.fields(ImagesConfig)
                    if getattr(rule, one.name) is not None
                }
                chosen = dataclasses.replace(chosen, **changes)
        settings = PictureSettings(
            lossless=chosen.lossless and not self._is_quick,
            strip=chosen.strip,
            formats=tuple(sorted(set(chosen.formats))),
            widths=tuple(sorted(set(chosen.widths))),
            jpeg_quality=chosen.jpeg_quality,
            webp_quality=chosen.webp_quality,
            avif_quality=chosen.avif_quality,
            max_pixels=chosen.max_megapixels * 1_000_000,
            is_quick=self._is_quick,
        )
        return settings if settings.lossless or settings.is_asked else None
