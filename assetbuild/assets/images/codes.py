"""What each diagnostic code of pictures means."""

from __future__ import annotations

CODES = {
    "images/animated-kept": "An animated picture is left as it is, for a still sibling would lose its frames.",
    "images/bad-setting": "A number of [images] or [[image]] is out of its range.",
    "images/cannot-strip": "A file has metadata that cannot be removed without encoding it again.",
    "images/git-lfs-pointer": "A picture is only the pointer of Git LFS; its content was not fetched.",
    "images/two-pictures": "Two pictures want a sibling of the same name.",
}
