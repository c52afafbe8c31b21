"""What to write a sheet with: our encoder, Pillow's own, oxipng, zopfli, on one real sheet.

``python -m benchmarks.png_encoders``; ``pip install pyoxipng`` brings oxipng with zopfli. The sheet
is famfamfam silk, 1,000 icons. Every result is decoded and must have the same pixels.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image

from assetbuild.assets.images.png_encoder import encode_png
from benchmarks.icon_sets import load_silk
from benchmarks.sprites import build
from tests.support.pictures import save


def main() -> int:
    """Print size and processor time of each encoder; 1 where oxipng is not installed."""
    with tempfile.TemporaryDirectory() as name:
        build(load_silk(), Path(name), effort="fast")
        with Image.open(Path(name) / "sprites/icons.png") as opened:
            image = opened.convert("RGBA")
    plain = save(image)
    encoders: dict[str, Callable[[], bytes]] = {
        "Pillow": lambda: save(image),
        "Pillow, optimize": lambda: save(image, optimize=True),
        "assetbuild, fast": lambda: encode_png(image, effort="fast"),
        "assetbuild, best": lambda: encode_png(image, effort="best"),
    }
    try:
        import oxipng
    except ImportError:
        oxipng = None
        print("oxipng is not here: pip install pyoxipng", file=sys.stderr)
    if oxipng is not None:
        for level in (2, 4, 6):
            encoders[f"oxipng {level}"] = partial(oxipng.optimize_from_memory, plain, level=level)
        zopfli = oxipng.Deflaters.zopfli(5)
        encoders["oxipng 2 with zopfli"] = partial(
            oxipng.optimize_from_memory, plain, level=2, deflate=zopfli
        )
    print("| encoder | bytes | ms |\n|---|---|---|")
    for label, encode in encoders.items():
        started = time.process_time()
        data = encode()
        spent = time.process_time() - started
        with Image.open(io.BytesIO(data)) as again:
            assert again.convert("RGBA").tobytes() == image.tobytes(), label
        print(f"| {label} | {len(data):,} | {spent * 1000:.0f} |", flush=True)
    return 0 if oxipng is not None else 1


if __name__ == "__main__":
    sys.exit(main())
