"""Sprites: proof on four real icon sets, and time and size against spritesmith (npm) and glue (PyPI).

``python -m benchmarks.sprites`` proves and measures; ``ratios()`` measures alone. In the proof each
set is laid out per size; every icon is cropped back from its sheet and must be equal pixel for
pixel; a shuffled build and one of re-encoded pictures must give the same bytes.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from assetbuild.assets.images.png_encoder import Effort
from assetbuild.assets.sprites.generate import STAMP, PictureSource, generate_sprites
from assetbuild.assets.sprites.layout import Box, arrange
from assetbuild.assets.sprites.sheet import DrawSettings
from benchmarks.icon_sets import IconSet, load_sets, load_silk
from benchmarks.ratio import Missing, Ratio, format_row, need_program
from benchmarks.registry import cache_folder, npm_module
from benchmarks.runs import children_cpu_s

SPRITESMITH = "3.5.1"
GLUE = "0.13"
# glue's last release (2018) installs and runs with these alone
GLUE_NEEDS = ("setuptools==57.5.0", "wheel", "pillow<10", "jinja2<3.1")
COUNT = 1_000
ROUNDS = 5

_SPRITESMITH_RUN = """
const spritesmith = require("spritesmith"), fs = require("fs"), path = require("path");
const folder = process.argv[2];
const src = fs.readdirSync(folder).map((name) => path.join(folder, name));
spritesmith.run({ src, padding: 2 }, (failure, made) => {
  if (failure) throw failure;
  fs.writeFileSync(process.argv[3], made.image);
  fs.writeFileSync(process.argv[3] + ".json", JSON.stringify(made.coordinates));
});
"""
_OUR_RUN = """
import sys
from pathlib import Path
from assetbuild.assets.sprites.generate import PictureSource, generate_sprites
from assetbuild.assets.sprites.sheet import DrawSettings
sources = [
    PictureSource(logical=f"sprites/icons/{one.name}", path=str(one), display=one.name)
    for one in Path(sys.argv[1]).iterdir()
]
generate_sprites(sources, (), Path(sys.argv[2]), drawing=DrawSettings(effort=sys.argv[3]))
"""


def build(
    one: IconSet, target: Path, *, is_shuffled: bool = False, effort: Effort = "best"
) -> None:
    """Draw a set as the sprite ``icons`` below the target."""
    sources = [
        PictureSource(logical=f"sprites/icons/{name}.png", path=str(path), display=path.name)
        for name, path in one.pictures.items()
    ]
    if is_shuffled:
        random.Random(len(sources)).shuffle(sources)
    generate_sprites(sources, (), target, drawing=DrawSettings(effort=effort))


def check_pixels(one: IconSet, target: Path) -> tuple[int, int]:
    """Crop every icon back and compare; return the pixels of icons and of sheets."""
    document = json.loads((target / "sprites/icons.json").read_text("utf-8"))
    inside = area = count = 0
    for texture in document.get("textures", [document]):
        sheet = Image.open(target / "sprites" / texture["meta"]["image"]).convert("RGBA")
        area += sheet.width * sheet.height
        for name, frame in texture["frames"].items():
            box = frame["frame"]
            x, y, width, height = box["x"], box["y"], box["w"], box["h"]
            with Image.open(one.pictures[name]) as opened:
                alone = opened.convert("RGBA")
            if sheet.crop((x, y, x + width, y + height)).tobytes() != alone.tobytes():
                raise AssertionError(f"{one.name} {one.size}: {name} differs")
            inside += width * height
            count += 1
    assert count == len(one.pictures), f"{one.name}: {count} of {len(one.pictures)}"
    return inside, area


def pack_tightly(one: IconSet) -> tuple[int, int]:
    """Return the pixels of icons and of sheets when nothing stands between the icons."""
    boxes = []
    for name, path in one.pictures.items():
        with Image.open(path) as opened:
            boxes.append(Box(name, *opened.size))
    layout = arrange(boxes)
    area = sum(width * height for width, height in layout.sizes)
    return round(area * (1 - layout.waste)), area


def encode_again(one: IconSet, folder: Path) -> IconSet:
    """Return the set with every PNG written anew: other bytes, the same pixels."""
    folder.mkdir()
    pictures = {}
    for name, path in one.pictures.items():
        out = io.BytesIO()
        with Image.open(path) as opened:
            opened.convert("RGBA").save(out, "PNG", compress_level=1)
        pictures[name] = folder / f"{name}.png"
        pictures[name].write_bytes(out.getvalue())
    return IconSet(one.name, one.size, pictures)


def made_files(target: Path) -> dict[str, bytes]:
    """Return what a build made, without its stamp."""
    return {
        one.name: one.read_bytes()
        for one in sorted((target / "sprites").iterdir())
        if one.name != STAMP
    }


def prove(work: Path) -> None:
    """Check all sets and print the share of waste of each, padding counted and without any."""
    print("| set | sizes | icons | pixels equal | shuffled, re-encoded | waste | without padding |")
    print("|---|---|---|---|---|---|---|")
    totals: dict[str, list[int]] = {}
    for one in load_sets():
        first, second, third = (work / f"{one.name}-{one.size}-{n}" for n in "abc")
        # the same pixels at every effort: minutes of it for the large pictures prove no more
        effort: Effort = "best" if int(one.size.partition("x")[0]) <= 32 else "fast"
        build(one, first, effort=effort)
        inside, area = check_pixels(one, first)
        build(one, second, is_shuffled=True, effort=effort)
        build(encode_again(one, work / f"{one.name}-{one.size}-again"), third, effort=effort)
        assert made_files(first) == made_files(second) == made_files(third), one
        total = totals.setdefault(one.name, [0] * 6)
        for at, value in enumerate((1, len(one.pictures), inside, area, *pack_tightly(one))):
            total[at] += value
        for folder in (first, second, third):
            shutil.rmtree(folder)
    for name, (sizes, icons, inside, area, tight, bare) in totals.items():
        waste, least = (f"{100 * (1 - one):.1f} %" for one in (inside / area, tight / bare))
        print(f"| {name} | {sizes} | {icons} | yes | the same bytes | {waste} | {least} |")


def spend(argv: Sequence[object]) -> float:
    """Return the least processor seconds of a program: what a busy machine leaves alone."""
    least = float("inf")
    for _ in range(ROUNDS):
        before = children_cpu_s()
        subprocess.run([str(one) for one in argv], check=True, stdout=subprocess.DEVNULL)
        least = min(least, children_cpu_s() - before)
    return least


def glue_program() -> Path:
    """Return glue, installed once. Errors: Missing, where it no longer installs."""
    folder = cache_folder() / "tools" / f"glue-{GLUE}"
    program = folder / "bin/glue"
    if not program.exists():
        pip = [str(folder / "bin/pip"), "install", "--quiet"]
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([*pip, *GLUE_NEEDS], check=True)
            subprocess.run([*pip, "--no-build-isolation", "--no-deps", f"glue=={GLUE}"], check=True)
        except subprocess.CalledProcessError as failure:
            raise Missing(f"glue {GLUE} does not install: {failure}") from failure
    return program


def lay_icons(folder: Path) -> None:
    """Copy 1,000 icons of 16 x 16 of silk into a folder."""
    wanted = []
    for name, path in load_silk().pictures.items():
        with Image.open(path) as opened:
            if opened.size == (16, 16):
                wanted.append((name, path))
    for name, path in wanted[:COUNT]:
        shutil.copy(path, folder / f"{name}.png")


def ratios() -> Iterator[Ratio]:
    """Measure drawing 1,000 icons in a fresh process, and how large the sheet is."""
    need_program("node")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        icons = work / "icons"
        icons.mkdir()
        lay_icons(icons)
        modules = npm_module("spritesmith", SPRITESMITH)
        script = modules.parent.parent / "run.js"
        script.write_text(_SPRITESMITH_RUN)
        peers = {
            f"spritesmith {SPRITESMITH}": (
                ["node", script, icons, work / "ss.png"],
                work / "ss.png",
            ),
            f"glue {GLUE}": (
                [
                    glue_program(),
                    icons,
                    f"--img={work / 'g'}",
                    f"--css={work / 'g'}",
                    "--force",
                    "--padding=1",
                ],
                work / "g/icons.png",
            ),
        }
        spent = {peer: spend(argv) for peer, (argv, _) in peers.items()}
        for effort in ("fast", "best"):
            run = work / f"{effort}.py"
            run.write_text(
                f"import shutil; shutil.rmtree({str(work / effort)!r}, True)\n{_OUR_RUN}"
            )
            ours = spend([sys.executable, run, icons, work / effort, effort])
            size = (work / effort / "sprites/icons.png").stat().st_size
            for peer, (_, image) in peers.items():
                what = f"{COUNT:,} icons, {effort}"
                yield Ratio(
                    what=f"{what}: processor",
                    ours=ours,
                    peer=spent[peer],
                    peer_name=peer,
                    target=0.5,
                )
                yield Ratio(
                    what=f"{what}: sheet",
                    ours=size,
                    peer=image.stat().st_size,
                    peer_name=peer,
                    unit="bytes",
                    target=1,
                )
        run.write_text(_OUR_RUN)
        again = spend([sys.executable, run, icons, work / "best", "best"])
        for peer in peers:
            yield Ratio(
                what=f"{COUNT:,} icons, nothing changed: processor",
                ours=again,
                peer=spent[peer],
                peer_name=peer,
            )


def main() -> int:
    """Prove, measure, print."""
    with tempfile.TemporaryDirectory() as name:
        prove(Path(name))
    print()
    met = True
    for one in ratios():
        print(format_row(one), flush=True)
        met = met and one.is_met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
