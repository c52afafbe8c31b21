"""Sprites end to end on disk: pixels, bytes, second runs, and every bad set."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from assetbuild.assets.sprites.generate import Generated, PictureSource, generate_sprites
from assetbuild.assets.sprites.sheet import DrawSettings
from assetbuild.config.images import SpriteConfig
from assetbuild.diagnostics import AssetbuildError
from tests.support.pictures import draw, make_png, read_rgba, save, write_png
from tests.support.tree import read_tree, write_tree

ICONS = {f"sprites/icons/i{index}.png": make_png(16, 16, seed=index) for index in range(20)}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8"/></svg>'


def run(
    tmp_path: Path,
    files: Mapping[str, bytes],
    *tables: SpriteConfig,
    is_shuffled: bool = False,
) -> Generated:
    write_tree(tmp_path / "in", files)
    sources = [
        PictureSource(logical=name, path=str(tmp_path / "in" / name), display=f"in/{name}")
        for name in files
    ]
    if is_shuffled:
        random.Random(3).shuffle(sources)
    return generate_sprites(sources, tables, tmp_path / "out")


def refuse(tmp_path: Path, files: Mapping[str, bytes], *tables: SpriteConfig) -> list[str]:
    with pytest.raises(AssetbuildError) as caught:
        run(tmp_path, files, *tables)
    assert not (tmp_path / "out").exists()
    return [one.code for one in caught.value.diagnostics]


def cells_of(tmp_path: Path, name: str = "icons") -> dict[str, dict[str, object]]:
    document = json.loads((tmp_path / f"out/sprites/{name}.json").read_text())
    found = {}
    for texture in document.get("textures", [document]):
        for icon, frame in texture["frames"].items():
            found[f"{icon}@{texture['meta']['scale']}"] = {
                "image": texture["meta"]["image"],
                **frame,
            }
    return found


def cut(tmp_path: Path, cell: Mapping[str, object]) -> bytes:
    frame = cell["frame"]
    assert isinstance(frame, dict)
    sheet = read_rgba((tmp_path / f"out/sprites/{cell['image']}").read_bytes())
    box = (frame["x"], frame["y"], frame["x"] + frame["w"], frame["y"] + frame["h"])
    return sheet.crop(box).tobytes()


def test_every_icon_is_cut_back_pixel_for_pixel(tmp_path: Path) -> None:
    run(tmp_path, ICONS)
    cells = cells_of(tmp_path)
    assert len(cells) == 20
    for name, data in ICONS.items():
        stem = name.rpartition("/")[2].removesuffix(".png")
        assert cut(tmp_path, cells[f"{stem}@1"]) == read_rgba(data).tobytes()


def test_two_ratios_share_one_layout(tmp_path: Path) -> None:
    files = {
        **{f"sprites/icons/{n}.png": make_png(8 + n, 9, seed=n) for n in range(5)},
        **{f"sprites/icons@2x/{n}.png": make_png(16 + 2 * n, 18, seed=n) for n in range(5)},
    }
    run(tmp_path, files)
    cells = cells_of(tmp_path)
    for n in range(5):
        assert (
            cut(tmp_path, cells[f"{n}@2"])
            == read_rgba(files[f"sprites/icons@2x/{n}.png"]).tobytes()
        )
        one, two = cells[f"{n}@1"]["frame"], cells[f"{n}@2"]["frame"]
        assert isinstance(one, dict) and isinstance(two, dict)
        assert two == {key: value * 2 for key, value in one.items()}
    assert {"icons.png", "icons@2x.png"} <= {p.name for p in (tmp_path / "out/sprites").iterdir()}


def test_order_and_encoding_change_no_byte(tmp_path: Path) -> None:
    run(tmp_path / "a", ICONS)
    run(tmp_path / "b", ICONS, is_shuffled=True)
    again = {n: save(read_rgba(d), optimize=True, compress_level=1) for n, d in ICONS.items()}
    assert again != ICONS
    run(tmp_path / "c", again)
    first = read_tree(tmp_path / "a/out/sprites")
    assert first == read_tree(tmp_path / "b/out/sprites") == read_tree(tmp_path / "c/out/sprites")


def test_second_run_does_nothing_and_replays_warnings(tmp_path: Path) -> None:
    files = {**ICONS, "sprites/icons/a+b.png": make_png(4, 4)}
    first = run(tmp_path, files)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}
    second = run(tmp_path, files)
    assert [one.code for one in second.diagnostics] == ["sprite/odd-name"]
    assert second.diagnostics == first.diagnostics
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}


def test_removed_icon_and_removed_sprite_leave_nothing(tmp_path: Path) -> None:
    run(tmp_path, {**ICONS, "sprites/old/a.png": make_png(4, 4)})
    run(tmp_path, ICONS)
    assert not list((tmp_path / "out/sprites").glob("*old*"))
    assert run(tmp_path, {"a.css": b""}) == Generated(has_files=False, diagnostics=())
    assert not (tmp_path / "out").exists()


def test_damaged_result_is_made_again(tmp_path: Path) -> None:
    run(tmp_path, ICONS)
    before = read_tree(tmp_path / "out")
    (tmp_path / "out/sprites/icons.png").write_bytes(b"cut")
    run(tmp_path, ICONS)
    assert read_tree(tmp_path / "out") == before


def test_trimmed_icons_keep_their_place_and_their_pixels(tmp_path: Path) -> None:
    image = Image.new("RGBA", (20, 16))
    image.paste(draw(5, 6).convert("RGB").convert("RGBA"), (7, 4))
    files = {
        "sprites/icons/a.png": save(image),
        "sprites/icons/none.png": save(Image.new("RGBA", (9, 9))),
    }
    run(tmp_path, files, SpriteConfig(name="icons", trim=True))
    cell = cells_of(tmp_path)["a@1"]
    assert cell["spriteSourceSize"] == {"x": 7, "y": 4, "w": 5, "h": 6}
    assert cut(tmp_path, cell) == image.crop((7, 4, 12, 10)).tobytes()
    css = (tmp_path / "out/sprites/icons.css").read_text()
    assert "margin: 4px 8px 6px 7px;" in css


def test_extruded_edges_surround_the_icon(tmp_path: Path) -> None:
    files = {f"sprites/icons/{n}.png": make_png(8, 8, seed=n) for n in range(3)}
    run(tmp_path, files, SpriteConfig(name="icons", extrude=2))
    sheet = read_rgba((tmp_path / "out/sprites/icons.png").read_bytes())
    for n in range(3):
        icon = read_rgba(files[f"sprites/icons/{n}.png"])
        frame = cells_of(tmp_path)[f"{n}@1"]["frame"]
        assert isinstance(frame, dict)
        x, y = frame["x"], frame["y"]
        for at in range(8):
            assert sheet.getpixel((x - 2, y + at)) == icon.getpixel((0, at))
            assert sheet.getpixel((x + at, y + 9)) == icon.getpixel((at, 7))
        assert sheet.getpixel((x + 9, y - 1)) == icon.getpixel((7, 0))


def test_repeating_backgrounds_fill_the_sheet_s_width(tmp_path: Path) -> None:
    files = {"sprites/icons/a.png": make_png(4, 6), "sprites/icons/b.png": make_png(6, 3)}
    run(tmp_path, files, SpriteConfig(name="icons", layout="repeat-x"))
    sheet = read_rgba((tmp_path / "out/sprites/icons.png").read_bytes())
    assert sheet.width == 12
    a = read_rgba(files["sprites/icons/a.png"])
    for at in range(3):
        assert sheet.crop((at * 4, 0, at * 4 + 4, 6)).tobytes() == a.tobytes()


def test_a_row_is_extruded_along_its_length_and_its_class_repeats(tmp_path: Path) -> None:
    files = {"sprites/bars/a.png": make_png(4, 6), "sprites/bars/b.png": make_png(6, 3)}
    run(tmp_path, files, SpriteConfig(name="bars", layout="repeat-x", extrude=1, padding=0))
    sheet = read_rgba((tmp_path / "out/sprites/bars.png").read_bytes())
    cells = {name: cell["frame"] for name, cell in cells_of(tmp_path, "bars").items()}
    top, low = cells["a@1"], cells["b@1"]
    assert isinstance(top, dict) and isinstance(low, dict)
    assert (top["x"], top["y"], low["y"], sheet.size) == (0, 1, 1 + 6 + 2, (12, 13))
    for y, edge in ((0, 1), (7, 6), (8, 9), (12, 11)):
        assert (
            sheet.crop((0, y, 12, y + 1)).tobytes() == sheet.crop((0, edge, 12, edge + 1)).tobytes()
        )
    css = (tmp_path / "out/sprites/bars.css").read_text()
    assert "background-repeat: repeat-x;" in css
    assert ".bars-a { background-position: 0 -1px; height: 6px; }" in css
    scss = (tmp_path / "out/sprites/_bars.scss").read_text()
    assert "width: map-get" not in scss


def test_a_sprite_whose_name_begins_as_another_s_has_selectors_of_its_own(tmp_path: Path) -> None:
    run(tmp_path, {"sprites/ui/a.png": make_png(4, 4), "sprites/ui-big/a.png": make_png(9, 9)})
    assert "[class" not in (tmp_path / "out/sprites/ui.css").read_text()
    assert '[class^="ui-big-"]' in (tmp_path / "out/sprites/ui-big.css").read_text()


def test_pictures_that_are_too_many_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assetbuild.assets.sprites.picture.MAX_TOTAL_PIXELS", 200)
    with pytest.raises(AssetbuildError) as caught:
        run(tmp_path, {f"sprites/icons/{n}.png": make_png(10, 10, seed=n) for n in range(3)})
    (found,) = caught.value.diagnostics
    assert found.code == "picture/too-large"
    assert "million pixels together" in found.message


def test_an_svg_between_pngs_is_told(tmp_path: Path) -> None:
    made = run(tmp_path, {"sprites/icons/a.png": make_png(4, 4), "sprites/icons/b.svg": SVG})
    assert [(one.code, one.location and one.location.file) for one in made.diagnostics] == [
        ("sprite/left-out", "in/sprites/icons/b.svg")
    ]


def test_thousands_of_icons_make_several_sheets(tmp_path: Path) -> None:
    data = [make_png(8, 8, seed=n) for n in range(50)]
    files = {f"sprites/icons/i{n:05}.png": data[n % 50] for n in range(2_500)}
    run(tmp_path, files, SpriteConfig(name="icons", max_width=256, max_height=256, padding=1))
    cells = cells_of(tmp_path)
    assert len(cells) == 2_500
    assert len({cell["image"] for cell in cells.values()}) == 4
    for name in ("i00000@1", "i02222@1"):
        assert cut(tmp_path, cells[name]) == read_rgba(data[int(name[1:6]) % 50]).tobytes()


BAD: dict[str, tuple[dict[str, bytes], list[str]]] = {
    "two icons of one name": (
        {"sprites/i/a.png": make_png(4, 4), "sprites/i/a.gif": save(draw(4, 4), "GIF")},
        ["sprite/same-name"],
    ),
    "white space in a name": ({"sprites/i/a b.png": make_png(4, 4)}, ["sprite/bad-name"]),
    "a sheet that is no name": ({"sprites/i+j/a.png": make_png(4, 4)}, ["sprite/bad-name"]),
    "2x is not twice as large": (
        {"sprites/i/a.png": make_png(4, 4), "sprites/i@2x/a.png": make_png(8, 7)},
        ["sprite/ratio-mismatch"],
    ),
    "2x is missing for one": (
        {
            "sprites/i/a.png": make_png(4, 4),
            "sprites/i/b.png": make_png(4, 4),
            "sprites/i/a@2x.png": make_png(8, 8),
        },
        ["sprite/ratio-mismatch"],
    ),
    "only 2x, and odd": ({"sprites/i@2x/a.png": make_png(7, 8)}, ["sprite/ratio-mismatch"]),
    "larger than a sheet": ({"sprites/i/a.png": make_png(2049, 1)}, ["sprite/too-large"]),
    "all problems at once": (
        {
            "sprites/i/a.png": b"\x89PNG\r\n\x1a\n",
            "sprites/i/b.png": save(draw(4, 4), "GIF"),
            "sprites/j/c.png": make_png(30, 30)[:60],
        },
        ["picture/damaged", "picture/wrong-type", "picture/damaged"],
    ),
    "an SVG nested without end": (
        {
            "sprites/i/a.svg": SVG.replace(b"<path", b"<g>" * 9000 + b"<path").replace(
                b"</svg>", b"</g>" * 9000 + b"</svg>"
            )
        },
        ["picture/damaged"],
    ),
    "no pixels": ({"sprites/i/a.png": write_png(0, 0, b"")}, ["picture/damaged"]),
    "no bytes": ({"sprites/i/a.png": b""}, ["picture/wrong-type"]),
    "a billion laughs": (
        {"sprites/i/a.svg": b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG},
        ["sprite/unsafe-svg"],
    ),
}


@pytest.mark.parametrize("situation", BAD)
def test_bad_sets_are_refused(situation: str, tmp_path: Path) -> None:
    files, codes = BAD[situation]
    assert refuse(tmp_path, files) == codes


def test_table_that_matches_nothing(tmp_path: Path) -> None:
    table = SpriteConfig(name="flags", files=("img/flgs/*.png",))
    files = {"img/flags/de.png": make_png(4, 4)}
    assert refuse(tmp_path, files, table) == ["sprite/no-pictures"]


def test_configured_globs_make_a_sheet(tmp_path: Path) -> None:
    files = {"img/flags/de.png": make_png(4, 4), "img/flags/x/fr.png": make_png(4, 4)}
    run(tmp_path, files, SpriteConfig(name="flags", files=("img/flags/**/*.png",)))
    assert sorted(cells_of(tmp_path, "flags")) == ["de@1", "fr@1"]


def test_svg_folder_becomes_symbols(tmp_path: Path) -> None:
    run(tmp_path, {"sprites/ui/a.svg": SVG})
    assert list(read_tree(tmp_path / "out")) == [".stamp.json", "sprites/ui.svg"]


def test_less_takes_the_place_of_css_where_the_app_has_less(tmp_path: Path) -> None:
    run(tmp_path, {**ICONS, "css/app.less": b""})
    names = {Path(name).name for name in read_tree(tmp_path / "out")}
    assert names == {".stamp.json", "_icons.scss", "icons.json", "icons.less", "icons.png"}


def test_a_picture_over_the_configured_limit_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.png": make_png(1100, 1000)})
    source = PictureSource(logical="sprites/i/a.png", path=str(tmp_path / "a.png"), display="a.png")
    with pytest.raises(AssetbuildError) as caught:
        generate_sprites([source], (), tmp_path / "out", drawing=DrawSettings(max_pixels=1_000_000))
    (found,) = caught.value.diagnostics
    assert (found.code, "over the limit of 1 million" in found.message) == (
        "picture/too-large",
        True,
    )
