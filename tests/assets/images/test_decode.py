"""Opening: what a file is by its bytes, what is refused, and what the refusal says."""

from __future__ import annotations

import pytest

from assetbuild.assets.images.decode import MAX_PIXELS, open_image
from assetbuild.assets.images.png_chunks import SIGNATURE
from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from tests.support.pictures import draw, make_png, save, write_png


def refusal(data: bytes, file: str = "a.png", *, max_pixels: int = MAX_PIXELS) -> list[str]:
    with pytest.raises(AssetbuildError) as caught:
        open_image(data, file=file, max_pixels=max_pixels).load()
    return [render_diagnostic(one) for one in caught.value.diagnostics]


WRONG = [
    (save(draw(4, 4, mode="RGB"), "JPEG"), "x/a.png", "a JPEG file, not the PNG"),
    (make_png(4, 4), "a.gif", "a PNG file, not the GIF"),
    (save(draw(4, 4), "WEBP"), "a.JPG", "a WEBP file, not the JPEG"),
    (save(draw(4, 4), "AVIF"), "a.webp", "an AVIF file, not the WEBP"),
    (b"<html>", "a.png", "no picture, not the PNG"),
    (b"", "a.png", "an empty file, not the PNG"),
    (make_png(4, 4), "a.bmp", "a PNG file, not the picture"),
]


@pytest.mark.parametrize(("data", "file", "what"), WRONG)
def test_a_file_that_is_not_what_its_name_says(data: bytes, file: str, what: str) -> None:
    assert refusal(data, file) == [
        f'picture/wrong-type: "{file}" is {what} that its name says\n'
        f"  {file}:1:1\n"
        "  hint: rename the file to what it is, or save it again"
    ]


def test_a_pointer_of_git_lfs_says_what_to_run() -> None:
    (told,) = refusal(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n")
    assert told.startswith("images/git-lfs-pointer: ")
    assert told.endswith("hint: fetch it: git lfs pull")


@pytest.mark.parametrize("side", [8_100, 10_000, 30_000, 2**31 - 1])
def test_a_decompression_bomb_is_refused_with_its_size_and_the_limit(side: int) -> None:
    (told,) = refusal(write_png(side, side, b""))
    assert told.startswith(
        f'picture/too-large: "a.png" has {side} × {side} pixels, over the limit of 64 million'
    )


def test_a_lower_limit_is_named() -> None:
    (told,) = refusal(make_png(1100, 1000), max_pixels=1_000_000)
    assert "1100 × 1000 pixels, over the limit of 1 million" in told


@pytest.mark.parametrize(
    "data", [SIGNATURE, SIGNATURE + b"x" * 40, make_png(9, 9)[:20], write_png(0, 0, b"")]
)
def test_headers_that_are_not_whole_are_damaged(data: bytes) -> None:
    (told,) = refusal(data)
    assert told.startswith('picture/damaged: cannot decode "a.png": ')
    assert "object at 0x" not in told


def test_one_pixel_is_a_picture() -> None:
    assert open_image(make_png(1, 1), file="a.png", max_pixels=1).size == (1, 1)
