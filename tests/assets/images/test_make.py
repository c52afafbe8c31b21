"""Each picture is decoded again: what was made shows the same pixels, frames and colours."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat

from assetbuild.assets.images.make import MadePicture, PictureRequest, make_picture
from assetbuild.assets.images.png_chunks import read_chunks
from assetbuild.assets.images.settings import PictureSettings
from tests.support.pictures import draw, read_rgba, save, write_png

PLAIN = PictureSettings(
    lossless=True,
    strip=False,
    formats=(),
    widths=(),
    jpeg_quality=82,
    webp_quality=80,
    avif_quality=60,
    max_pixels=64_000_000,
)
ALL = replace(PLAIN, formats=("avif", "webp"), widths=(40, 80, 4000))
STRIP = replace(PLAIN, strip=True)


def make(name: str, data: bytes, settings: PictureSettings = PLAIN) -> MadePicture:
    return make_picture(
        PictureRequest(logical=name, display=f"assets/{name}", data=data, settings=settings)
    )


def codes(made: MadePicture) -> list[tuple[str, str]]:
    return [(one.severity.value, one.code) for one in made.diagnostics]


def photo(width: int = 120, height: int = 80, **options: Any) -> bytes:
    return save(draw(width, height, mode="RGB"), "JPEG", quality=90, **options)


def exif(orientation: int) -> bytes:
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = "A camera"
    made.get_ifd(0x8825)[1] = "N"
    return made.tobytes()


def waste(image: Image.Image, **options: Any) -> bytes:
    """A PNG that nobody made small."""
    return save(image, "PNG", compress_level=1, **options)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (40, 30), (300, 200)])
def test_png_of_every_kind_keeps_its_pixels(mode: str, size: tuple[int, int]) -> None:
    if mode == "I;16":
        image = Image.frombytes("I;16", size, bytes(range(256)) * (size[0] * size[1] // 128 + 1))
    else:
        image = draw(*size).convert(mode)
    data = waste(image)
    made = make("a.png", data)
    assert codes(made) == []
    assert (made.width, made.height) == size
    assert made.data is not None or size == (1, 1)  # nothing is left to take off a pixel
    if made.data is not None:
        assert len(made.data) < len(data)
        with Image.open(io.BytesIO(made.data)) as after, Image.open(io.BytesIO(data)) as before:
            if mode == "I;16":  # RGBA has 8 bits a channel and would hide a loss
                assert (after.mode, after.tobytes()) == (before.mode, before.tobytes())
        assert read_rgba(made.data).tobytes() == read_rgba(data).tobytes()


def test_large_flat_png_gets_much_smaller() -> None:
    image = Image.new("RGBA", (400, 400), (10, 20, 30, 255))
    data = save(image, "PNG", compress_level=0)
    made = make("a.png", data)
    assert made.data is not None
    assert len(made.data) < len(data) / 100


def test_small_png_stays_as_it_is() -> None:
    first = make("a.png", waste(draw(64, 64))).data
    assert first is not None
    assert make("a.png", first).data is None


def test_png_keeps_profile_density_and_text_unless_asked() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = draw(90, 90).convert("L").convert("RGB")
    data = waste(grey, icc_profile=profile, dpi=(144, 144), exif=exif(1))
    kept = make("a.png", data).data
    assert kept is not None
    assert {b"iCCP", b"pHYs", b"eXIf"} <= {one.kind for one in read_chunks(kept)}
    stripped = make("a.png", data, STRIP).data
    assert stripped is not None
    kinds = {one.kind for one in read_chunks(stripped)}
    assert {b"iCCP", b"pHYs"} <= kinds
    assert b"eXIf" not in kinds
    with Image.open(io.BytesIO(stripped)) as after:
        assert after.info["icc_profile"] == profile
        assert after.convert("RGB").tobytes() == grey.tobytes()


def test_interlaced_png_stays_interlaced() -> None:
    data = write_png(8, 8, bytes(207), level=0, has_alpha=False, is_interlaced=True)
    made = make("a.png", data)
    assert codes(made) == []
    assert made.data is not None
    assert read_chunks(made.data)[0] == read_chunks(data)[0]
    assert read_rgba(made.data).tobytes() == read_rgba(data).tobytes()


def animate(kind: str, **options: Any) -> bytes:
    frames = [draw(30, 20, seed=one, mode="RGB") for one in range(4)]
    return save(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)


@pytest.mark.parametrize(("name", "kind"), [("a.gif", "GIF"), ("a.png", "PNG"), ("a.webp", "WEBP")])
def test_animation_loses_no_frame_and_has_no_still_siblings(name: str, kind: str) -> None:
    data = animate(kind)
    made = make(name, data, replace(ALL, strip=True))
    assert codes(made) == [("warning", "images/animated-kept")]
    assert "4 frames" in made.diagnostics[0].message
    assert made.files == ()
    with Image.open(io.BytesIO(made.data or data)) as after:
        assert getattr(after, "n_frames", 1) == 4


def test_jpeg_gets_smaller_with_the_same_pixels_and_all_metadata() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = photo(300, 200, icc_profile=profile, exif=exif(1))
    made = make("a.jpg", data)
    assert made.data is not None
    assert len(made.data) < len(data)
    with Image.open(io.BytesIO(made.data)) as after, Image.open(io.BytesIO(data)) as before:
        assert after.tobytes() == before.tobytes()
        assert after.info["icc_profile"] == profile
        assert after.getexif()[0x010F] == "A camera"


def test_stripped_jpeg_keeps_its_colours_and_nothing_else() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = photo(icc_profile=profile, exif=exif(1), comment=b"by Ada Lovelace")
    made = make("a.jpg", data, STRIP).data
    assert made is not None
    assert b"A camera" not in made
    assert b"Lovelace" not in made
    with Image.open(io.BytesIO(made)) as after, Image.open(io.BytesIO(data)) as before:
        assert after.tobytes() == before.tobytes()
        assert after.info["icc_profile"] == profile


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_stripping_applies_the_orientation(orientation: int, subsampling: int) -> None:
    data = photo(exif=exif(orientation), subsampling=subsampling)
    made = make("a.jpg", data, replace(ALL, strip=True, lossless=False))
    assert made.data is not None
    with Image.open(io.BytesIO(data)) as before:
        expected = ImageOps.exif_transpose(before).convert("RGB")
    with Image.open(io.BytesIO(made.data)) as after:
        assert after.getexif().get(0x0112) is None
        assert after.size == expected.size == (made.width, made.height)
        assert _distance(after.convert("RGB"), expected) < 4
    whole = [one for one in made.files if one.width == expected.width]
    assert whole
    for one in whole:
        with Image.open(io.BytesIO(one.data)) as after:
            assert after.size == expected.size
            assert _distance(after.convert("RGB"), expected) < 12


def _distance(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of all samples, of 255."""
    means: list[float] = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def test_siblings_are_smaller_than_what_they_stand_for_and_never_wider() -> None:
    data = photo(120, 80)
    made = make("img/a.jpg", data, ALL)
    names = [one.logical for one in made.files]
    webp = ["img/a.40w.webp", "img/a.80w.webp", "img/a.webp"]
    own = ["img/a.40w.jpg", "img/a.80w.jpg"]
    assert names[-5:] == [*webp, *own]
    totals: dict[str, int] = {"image/jpeg": len(made.data or data)}
    for one in made.files:
        totals[one.media_type] = totals.get(one.media_type, 0) + len(one.data)
        with Image.open(io.BytesIO(one.data)) as image:
            assert image.size == (one.width, round(80 * one.width / 120))
    in_order = [
        totals[kind] for kind in ("image/avif", "image/webp", "image/jpeg") if kind in totals
    ]
    assert in_order == sorted(in_order)


def test_webp_of_a_drawing_is_lossless_and_keeps_alpha_and_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = waste(draw(200, 100), icc_profile=profile)
    made = make("a.png", data, replace(PLAIN, formats=("webp",)))
    (sibling,) = made.files
    with Image.open(io.BytesIO(sibling.data)) as opened:
        assert opened.info["icc_profile"] == profile
    after, before = read_rgba(sibling.data), read_rgba(data)
    assert after.getchannel("A").tobytes() == before.getchannel("A").tobytes()
    # the colour of what cannot be seen is not kept
    black = Image.new("RGBA", before.size, (0, 0, 0, 255))
    shown, expected = (Image.alpha_composite(black, one).tobytes() for one in (after, before))
    assert shown == expected


def test_cmyk_and_16_bit_are_brought_to_rgb_and_told() -> None:
    drawn = draw(60, 60, mode="RGB")
    made = make("a.jpg", save(drawn.convert("CMYK"), "JPEG"), replace(PLAIN, formats=("webp",)))
    assert codes(made) == []
    (sibling,) = made.files
    with Image.open(io.BytesIO(sibling.data)) as after:
        assert after.mode == "RGB"
        assert _distance(after, drawn) < 12
    deep = waste(Image.frombytes("I;16", (64, 64), bytes(range(256)) * 32))
    told = make("a.png", deep, replace(PLAIN, formats=("webp",)))
    assert codes(told) == [("warning", "picture/reduced")]


def test_same_picture_gives_the_same_bytes() -> None:
    data = photo()
    assert make("a.jpg", data, ALL) == make("a.jpg", data, ALL)


BOMB = write_png(30_000, 30_000, bytes(9999))
BAD = {
    "bomb": ("a.png", BOMB, "picture/too-large"),
    "jpeg named png": ("a.png", photo(), "picture/wrong-type"),
    "text named jpg": ("a.jpg", b"<html>404</html>", "picture/wrong-type"),
    "empty": ("a.png", b"", "picture/wrong-type"),
    "truncated png": ("a.png", waste(draw(200, 200))[:900], "picture/damaged"),
    "truncated jpeg": ("a.jpg", photo(300, 300)[:1500], "picture/damaged"),
    "git lfs": (
        "a.png",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
        "images/git-lfs-pointer",
    ),
    "damaged gif": ("a.gif", b"GIF89a\x01", "picture/damaged"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file_is_told_and_stops_only_who_asked_for_more(case: str) -> None:
    name, data, code = BAD[case]
    made = make(name, data)
    assert codes(made) == [("warning", code)]
    assert (made.data, made.files) == (None, ())
    asked = make(name, data, ALL)
    assert codes(asked) == [("error", code)]


def test_bomb_names_the_limit() -> None:
    (found,) = make("a.png", BOMB, ALL).diagnostics
    assert "30000 × 30000 pixels" in found.message
    assert "64 million" in found.message
    lower = make("a.png", waste(draw(1100, 1000)), replace(PLAIN, max_pixels=1_000_000))
    assert "limit of 1 million" in lower.diagnostics[0].message


def test_idat_that_inflates_without_end_is_damaged() -> None:
    data = write_png(1, 1, bytes(50_000_000))
    assert codes(make("a.png", data)) == [("warning", "picture/damaged")]


def test_metadata_that_cannot_go_stops_the_build() -> None:
    made = make("a.avif", save(draw(20, 20, mode="RGB"), "AVIF", exif=exif(1)), STRIP)
    assert codes(made) == [("error", "images/cannot-strip")]
    clean = make("a.avif", save(draw(20, 20, mode="RGB"), "AVIF"), STRIP)
    assert codes(clean) == []


def test_webp_loses_exif_and_keeps_its_pixels() -> None:
    data = save(draw(40, 30, mode="RGB"), "WEBP", exif=exif(1), lossless=True)
    made = make("a.webp", data, STRIP).data
    assert made is not None
    assert b"A camera" not in made
    with Image.open(io.BytesIO(made)) as after:
        assert not after.getexif()
        assert after.convert("RGB").tobytes() == read_rgba(data).convert("RGB").tobytes()


def test_phone_jpeg_with_a_second_picture_is_left_alone() -> None:
    data = photo(200, 200) + photo(50, 50)
    assert make("a.jpg", data).data is None
    stripped = make("a.jpg", data, STRIP).data
    assert stripped is not None
    assert len(stripped) < len(photo(200, 200))


def test_settings_have_one_canonical_text() -> None:
    assert json.loads(ALL.to_json())["widths"] == [40, 80, 4000]
