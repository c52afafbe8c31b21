"""Decoding: what each kind of file becomes, what is told, what is refused."""

from __future__ import annotations

import struct

import pytest
from PIL import Image, ImageCms

from assetbuild.assets.sprites.picture import decode_picture
from assetbuild.assets.sprites.png import make_chunk
from assetbuild.diagnostics import AssetbuildError
from tests.support.pictures import draw, make_png, save


def codes_of(data: bytes, file: str = "a.png") -> list[str]:
    return [one.code for one in decode_picture(data, file=file).diagnostics]


def refusal(data: bytes, file: str = "a.png") -> list[str]:
    with pytest.raises(AssetbuildError) as caught:
        decode_picture(data, file=file)
    return [one.code for one in caught.value.diagnostics]


def bomb(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + make_chunk(b"IHDR", header)
        + make_chunk(b"IDAT", b"")
        + make_chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "LA", "L", "1", "P"])
def test_every_mode_becomes_the_same_pixels(mode: str) -> None:
    image = draw(9, 5).convert("L" if mode == "LA" else "RGB").convert(mode)
    made = decode_picture(save(image), file="a.png")
    assert made.image.tobytes() == image.convert("RGBA").tobytes()
    assert made.diagnostics == ()


def test_interlaced_png_gives_the_same_pixels() -> None:
    # 2 × 2, Adam7: pass 1 has (0,0), pass 6 has (1,0), pass 7 has row 1
    import zlib

    pixels = [b"\1\2\3", b"\4\5\6", b"\7\x08\x09", b"\x0a\x0b\x0c"]
    raw = b"\0" + pixels[0] + b"\0" + pixels[1] + b"\0" + pixels[2] + pixels[3]
    data = (
        b"\x89PNG\r\n\x1a\n"
        + make_chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 1))
        + make_chunk(b"IDAT", zlib.compress(raw))
        + make_chunk(b"IEND", b"")
    )
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


def test_a_file_that_is_not_what_its_name_says() -> None:
    assert refusal(save(draw(4, 4, mode="RGB"), "JPEG"), "a.png") == ["picture/wrong-type"]
    assert refusal(make_png(4, 4), "a.gif") == ["picture/wrong-type"]
    assert refusal(b"<html>", "a.png") == ["picture/damaged"]
    assert refusal(b"", "a.png") == ["picture/damaged"]


@pytest.mark.parametrize("side", [8_100, 10_000, 30_000, 2**31 - 1])
def test_a_decompression_bomb_is_refused_and_the_limit_named(side: int) -> None:
    with pytest.raises(AssetbuildError) as caught:
        decode_picture(bomb(side, side), file="a.png")
    (told,) = caught.value.diagnostics
    assert told.code == "picture/too-large"
    assert "64 million" in told.message


def test_truncated_and_empty_pictures_are_damaged() -> None:
    whole = make_png(40, 40)
    for length in (8, 20, 40, len(whole) // 2, len(whole) - 30):
        assert refusal(whole[:length]) == ["picture/damaged"], length
    assert refusal(bomb(0, 0)) == ["picture/damaged"]


def test_a_block_without_a_length_is_damage_and_no_bug() -> None:
    whole = save(draw(5, 4, mode="L"), "GIF")
    assert whole.endswith(b"\0;")
    assert refusal(whole[:-1] + b"!", "a.gif") == ["picture/damaged"]


def test_a_message_names_no_object_of_this_process() -> None:
    with pytest.raises(AssetbuildError) as caught:
        decode_picture(b"<html>", file="a.png")
    (found,) = caught.value.diagnostics
    assert found.code == "picture/damaged"
    assert found.message == 'cannot decode "a.png": it does not begin as a PNG does'


def test_one_pixel_is_a_picture() -> None:
    made = decode_picture(make_png(1, 1), file="a.png")
    assert (made.width, made.height) == (1, 1)
