"""What each diagnostic code of pictures means."""

from __future__ import annotations

CODES = {
    "images/animated-kept": "An animated picture is left as it is, for a still sibling would lose its frames.",
    "images/cannot-strip": "A file has metadata that cannot be removed without encoding it again.",
    "images/git-lfs-pointer": "A picture is only the pointer of Git LFS; its content was not fetched.",
    "images/two-pictures": "Two pictures want a sibling of the same name.",
    "picture/animated": "A picture has several frames; only the first is used.",
    "picture/colour-profile": "A picture's colour profile is not sRGB; its numbers are used as they are.",
    "picture/damaged": "A picture cannot be decoded: it is truncated or not a picture.",
    "picture/no-library": "Pillow, which decodes pictures, is not installed.",
    "picture/reduced": "A picture has 16 bits a channel or CMYK; a sheet has 8 bits and RGB.",
    "picture/too-large": "A picture has more pixels than are ever decoded.",
    "picture/wrong-type": "A picture is of another format than its name says.",
}
