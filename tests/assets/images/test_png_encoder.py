"""The PNG writer: Pillow gives back every pixel; the bytes are pinned."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from assetbuild.assets.images.png_encoder import Effort, _predict, encode_png
from assetbuild.digests import sha256_hex


def noise(width: int, height: int, *, seed: int, mode: str = "RGBA") -> Image.Image:
    source = random.Random(seed)
    bands = len(Image.new(mode, (1, 1)).getbands())
    # soft, so that filters matter: each sample walks from its left neighbour
    data, value = bytearray(), 0
    for _ in range(width * height * bands):
        value = (value + source.randrange(-9, 10)) % 256
        data.append(value)
    return Image.frombytes(mode, (width, height), bytes(data)).convert("RGBA")


def few(width: int, height: int, count: int) -> Image.Image:
    source = random.Random(count)
    colours = [tuple(source.randrange(256) for _ in range(4)) for _ in range(count)]
    image = Image.new("RGBA", (width, height))
    image.putdata([source.choice(colours) for _ in range(width * height)])
    return image


IMAGES = {
    "rgba": noise(61, 37, seed=1),
    "rgb": noise(61, 37, seed=2, mode="RGB"),
    "grey": noise(300, 20, seed=3, mode="L"),
    "grey-alpha": Image.merge("LA", noise(80, 80, seed=4, mode="LA").split()[1:3]).convert("RGBA"),
    "one": Image.new("RGBA", (1, 1), (1, 2, 3, 0)),
    "hidden-colour": Image.new("RGBA", (5, 5), (200, 100, 50, 0)),
    **{f"palette-{count}": few(33, 7, count) for count in (1, 2, 3, 5, 16, 17, 200)},
}


@pytest.mark.parametrize("effort", ["fast", "best"])
@pytest.mark.parametrize("name", IMAGES)
def test_every_pixel_comes_back(name: str, effort: Effort) -> None:
    data = encode_png(IMAGES[name], effort=effort)
    with Image.open(io.BytesIO(data)) as read:
        read.load()
        assert read.convert("RGBA").tobytes() == IMAGES[name].tobytes()


def test_paeth_is_the_specification_s() -> None:
    def paeth(a: int, b: int, c: int) -> int:
        p = a + b - c
        distances = (abs(p - a), abs(p - b), abs(p - c))
        return (a, b, c)[distances.index(min(distances))]

    values = [*range(0, 256, 15), 1, 2, 254, 255]
    triples = [(a, b, c) for a in values for b in values for c in values]
    images = [
        Image.frombytes("L", (len(triples), 1), bytes(one[at] for one in triples))
        for at in range(3)
    ]
    assert list(_predict(*images).tobytes()) == [paeth(*one) for one in triples]


def test_the_bytes_are_the_same_on_every_machine() -> None:
    # another libdeflate or another choice of filters changes every app's hashes: bump REVISION
    data = encode_png(IMAGES["rgba"], effort="best") + encode_png(few(64, 64, 9), effort="best")
    assert sha256_hex(data)[:16] == "79e268b2cc9f99d0"


def test_best_is_no_larger_than_pillow_at_its_best() -> None:
    for name, image in IMAGES.items():
        with io.BytesIO() as out:
            image.save(out, "PNG", optimize=True)
            # libdeflate stores a single pixel, which costs three bytes
            limit = max(len(out.getvalue()), 73)
        assert len(encode_png(image, effort="best")) <= limit, name
