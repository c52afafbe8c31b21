"""Decoding: what each kind of file becomes, what is told, what is refused."""

from __future__ import annotations

import struct

import pytest
from PIL import Image, ImageCms

from assetbuild.assets.sprites.picture import decode_picture
from assetbuild.diagnostics import AssetbuildError
from tests.support.pictures import draw, make_png, save, write_png


def codes_of(data: bytes, file: str = "a.png") -> list[str]:
    return [one.code for one in decode_picture(data, file=file).diagnostics]


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "LA", "L", "1", "P"])
def test_every_mode_becomes_the_same_pixels(mode: str) -> None:
    image = draw(9, 5).convert("L" if mode == "LA" else "RGB").convert(mode)
    made = decode_picture(save(image), file="a.png")
    assert made.image.tobytes() == image.convert("RGBA").tobytes()
    assert made.diagnostics == ()


def test_interlaced_png_gives_the_same_pixels() -> None:
    # 2 × 2, Adam7: pass 1 has (0,0), pass 6 has (1,0), pass 7 has row 1
    pixels = [b"\1\2\3", b"\4\5\6", b"\7\x08\x09", b"\x0a\x0b\x0c"]
    raw = b"\0" + pixels[0] + b"\0" + pixels[1] + b"\0" + pixels[2] + pixels[3]
    data = write_png(2, 2, raw, has_alpha=False, is_interlaced=True)
    assert decode_picture(data, file="a.png").image.convert("RGB").tobytes() == b"".join(pixels)


def test_sixteen_bit_grey_keeps_its_high_byte_and_is_told() -> None:
    image = Image.frombytes("I;16", (3, 1), struct.pack("<3H", 0, 0x8040, 0xFFFF))
    made = decode_picture(save(image), file="a.png")
    assert made.image.getchannel("R").tobytes() == bytes([0, 0x80, 0xFF])
    assert [one.code for one in made.diagnostics] == ["picture/reduced"]


def test_jpeg_and_gif_are_taken() -> None:
    assert codes_of(save(draw(8, 8, mode="RGB"), "JPEG"), "a.jpg") == []
    assert codes_of(save(draw(8, 8, mode="RGB").convert("P"), "GIF"), "a.gif") == []


def test_orientation_is_applied() -> None:
    image = Image.new("RGB", (4, 2))
    exif = Image.Exif()
    exif[0x0112] = 6
    made = decode_picture(save(image, "JPEG", exif=exif), file="a.jpg")
    assert (made.width, made.height) == (2, 4)


def test_first_frame_of_an_animation_is_used_and_told() -> None:
    frames = [draw(6, 6, seed=seed) for seed in range(3)]
    data = save(frames[0], "PNG", save_all=True, append_images=frames[1:])
    made = decode_picture(data, file="a.png")
    assert made.image.tobytes() == frames[0].tobytes()
    assert [one.code for one in made.diagnostics] == ["picture/animated"]


def test_srgb_profile_is_right_and_another_is_told() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert codes_of(save(draw(4, 4), icc_profile=srgb)) == []
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert codes_of(save(draw(4, 4), icc_profile=lab)) == ["picture/colour-profile"]


def test_one_pixel_is_a_picture() -> None:
    made = decode_picture(make_png(1, 1), file="a.png")
    assert (made.width, made.height) == (1, 1)


def test_damaged_pixels_are_told() -> None:
    whole = make_png(40, 40)
    with pytest.raises(AssetbuildError) as caught:
        decode_picture(whole[: len(whole) // 2], file="a.png")
    assert [one.code for one in caught.value.diagnostics] == ["picture/damaged"]


def test_a_phones_second_picture_is_no_frame() -> None:
    data = save(
        draw(8, 8, mode="RGB"), "MPO", save_all=True, append_images=[draw(8, 8, mode="RGB")]
    )
    assert codes_of(data, "a.jpg") == []
