"""What each diagnostic code of sprites means."""

from __future__ import annotations

CODES = {
    "sprite/bad-mark": "A comment marks a background for a sprite that cannot hold it as it is declared.",
    "sprite/bad-name": "A picture's or sheet's name can't be part of a class name.",
    "sprite/left-out": "An SVG lies between the pictures of a sheet, which cannot hold it.",
    "sprite/loose-mark": "A comment marks a background for a sprite, and there is none before it.",
    "sprite/name-taken": "The sheet of marked pictures has the name of another output.",
    "sprite/no-symbol": "A reference names a symbol that its file does not hold.",
    "sprite/no-pictures": "A [[sprite]] table matches no picture.",
    "sprite/odd-name": "A picture's name must be escaped in CSS.",
    "sprite/ratio-mismatch": "The pictures of two pixel ratios differ in names or are no exact multiples.",
    "sprite/same-name": "Two pictures of a sheet have one name.",
    "sprite/shows-neighbours": "An element is larger than its picture, so the sheet shows around it.",
    "sprite/too-large": "A picture alone is larger than the sheet may be.",
    "sprite/unsafe-svg": "An SVG has scripts, entities or outside references; they are refused.",
}
