"""Small texts are remembered in one file, and never outlive what made them."""

from __future__ import annotations

from pathlib import Path

import brotli
import pytest

from tests.support.builds import build, output_of
from tests.support.tree import read_tree

ICON = "<svg xmlns='http://www.w3.org/2000/svg'>  <path d='M0 0h{}'/>  </svg>\n"
FILES: dict[str, str | bytes] = {
    "assetbuild.toml": "[assets]\nsource-maps = false\n",
    "assets/a.svg": ICON.format(1),
    "assets/b.svg": ICON.format(2),
    "assets/c.css": "/* long enough to be worth a variant */\n"
    + ".c { background: url(a.svg) }\n" * 9,
}


def find_pack(tmp_path: Path) -> Path:
    return next((tmp_path / "app-cache").rglob("texts.json"))


def test_one_changed_file_is_made_anew_and_the_rest_is_remembered(tmp_path: Path) -> None:
    build(tmp_path / "app", FILES)
    second = build(tmp_path / "app", {"assets/a.svg": ICON.format(3)})
    assert (second.stats.compiled, second.stats.cached) == (1, 2)
    fresh = build(tmp_path / "fresh/app", {**FILES, "assets/a.svg": ICON.format(3)})
    assert read_tree(fresh.output).items() <= read_tree(second.output).items()  # old ones stay


def test_a_style_sheet_with_its_map_is_remembered(tmp_path: Path) -> None:
    files = {**FILES, "assetbuild.toml": ""}
    first = build(tmp_path / "app", files)
    second = build(tmp_path / "app", {"assets/a.svg": ICON.format(3)})
    assert (second.stats.compiled, second.stats.cached) == (1, 2)
    assert output_of(second, "c.css.map") != output_of(first, "c.css.map")  # it names the icon's
    fresh = build(tmp_path / "fresh/app", {**files, "assets/a.svg": ICON.format(3)})
    assert read_tree(fresh.output).items() <= read_tree(second.output).items()


def test_few_changes_among_hundreds_are_made_again_rather_than_written(tmp_path: Path) -> None:
    build(tmp_path / "app", {f"assets/{index}.svg": ICON.format(index) for index in range(200)})
    before = find_pack(tmp_path).read_bytes()
    build(tmp_path / "app", {"assets/0.svg": ICON.format(1000), "assets/1.svg": ICON.format(1001)})
    assert find_pack(tmp_path).read_bytes() == before
    # a new file: everything is looked at
    last = build(tmp_path / "app", {"assets/2.svg": ICON.format(1002), "assets/new.txt": ""})
    assert (last.stats.compiled, last.stats.cached) == (3, 197)
    assert find_pack(tmp_path).read_bytes() != before
    assert b"h1e3" in output_of(last, "0.svg")


def test_other_settings_make_another_result(tmp_path: Path) -> None:
    build(tmp_path / "app", FILES)
    plain = build(tmp_path / "app", {"assetbuild.toml": "[assets]\nminify = false\n"})
    assert output_of(plain, "b.svg").decode() == FILES["assets/b.svg"]
    assert plain.stats.cached == 0


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\n[]"])
def test_a_damaged_pack_counts_as_none(tmp_path: Path, damage: bytes) -> None:
    first = read_tree(build(tmp_path / "app", FILES).output)
    pack = find_pack(tmp_path)
    pack.write_bytes(pack.read_bytes()[:-3] + damage)
    again = build(tmp_path / "app", {"assets/d.txt": "d"})
    assert again.stats.cached == 0
    after = read_tree(again.output)
    assert {name: after[name] for name in first if name != "manifest.json"} == {
        name: data for name, data in first.items() if name != "manifest.json"
    }


def test_variants_of_what_did_not_change_are_kept_and_damaged_ones_made_anew(
    tmp_path: Path,
) -> None:
    first = build(tmp_path / "app", FILES)
    variant = next(one for one in read_tree(first.output) if one.endswith(".css.br"))
    again = build(tmp_path / "app", {"assets/d.txt": "d"})
    assert again.stats.written == 1  # d.txt; one byte has no variant
    (first.output / variant).write_bytes(b"damaged")
    mended = build(tmp_path / "app")
    assert brotli.decompress((mended.output / variant).read_bytes()) == output_of(mended, "c.css")


def test_release_makes_the_smallest_variants_and_says_so(tmp_path: Path) -> None:
    quick = build(tmp_path / "app", FILES)
    assert quick.variant_levels == {"br": 5, "gzip": 6}
    release = build(tmp_path / "app", is_release=True)
    assert release.variant_levels == {"br": 11, "gzip": 12}
    assert {one: value.hashed for one, value in quick.manifest.entries.items()} == {
        one: value.hashed for one, value in release.manifest.entries.items()
    }
